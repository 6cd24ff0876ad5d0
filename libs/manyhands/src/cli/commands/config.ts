/** `manyhands config`: profiles, each the address of a system and, where it asks for one, a token. */
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { checkedUrl } from '../config/address.ts';
import { configFile, readConfig, writeConfig, type Config } from '../config/config-file.ts';
import { checkedName } from '../config/login-profile.ts';
import { usage, type CommandEnd } from '../exit.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { env, stdin } = session.world;
  const config = readConfig(env);
  const name = command.args[0] ?? '';
  if (command.name() === 'ls') return list(session, config);
  if (command.name() === 'set') {
    checkedName(name);
    const { url, token } = command.optsWithGlobals<{ url?: string; token?: string }>();
    const before = config.profiles[name];
    const address = url ?? before?.url;
    if (address === undefined) throw usage(`Name the address of the system: manyhands config set ${name} --url http://…`);
    const read = token === '-' ? (await text(stdin)).trim() : token;
    config.profiles[name] = {
      ...before,
      url: checkedUrl(address),
      ...(read !== undefined && { token: read, key_id: undefined }),
    };
    config.current ??= name;
  } else if (command.name() === 'use') {
    if (name === '-') delete config.current;
    else if (Object.hasOwn(config.profiles, name)) config.current = name;
    else throw noProfile(name, config);
  } else {
    if (!Object.hasOwn(config.profiles, name)) throw noProfile(name, config);
    delete config.profiles[name];
    if (config.current === name) delete config.current;
  }
  writeConfig(env, config);
  session.note(`${configFile(env)} is written`);
  if (session.json) await session.printJson({ name, file: configFile(env) });
}

function noProfile(name: string, { profiles }: Config): CommandEnd {
  return usage(`There is no profile "${name}". There are: ${Object.keys(profiles).join(', ') || 'none'}.`);
}

async function list(session: Session, { current, profiles }: Config): Promise<void> {
  const rows = Object.entries(profiles).map(([name, { url, token }]) => ({
    name,
    url,
    has_token: token !== undefined,
    current: name === current,
  }));
  if (session.json) return session.printJson(rows);
  await session.printTable(
    ['PROFILE', 'URL', 'TOKEN', 'USUAL'],
    rows.map((row) => [row.name, row.url, row.has_token ? 'yes' : 'no', row.current ? '*' : '']),
    'There are no profiles. Add one: manyhands config set <name> --url http://…',
  );
}
