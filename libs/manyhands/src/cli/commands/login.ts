/** `manyhands login`: makes an API key for this machine and keeps it in a profile, in a file that its owner alone can read. */
import { hostname } from 'node:os';
import { text } from 'node:stream/consumers';
import { ApiProblem, createClient, type Client } from '@manyhands/sdk';
import type { Command } from 'commander';
import { configFile, readConfig, writeConfig, type Profile } from '../config/config-file.ts';
import { loginProfile } from '../config/login-profile.ts';
import { CommandEnd, EXIT, usage } from '../exit.ts';
import { ask } from '../print/ask.ts';
import type { Session } from '../session.ts';

interface Options {
  profile?: string;
  email?: string;
  password?: string;
  key?: string;
  days?: string;
}

const dayMs = 86_400_000;
const daysMost = 1_830;

export async function run(session: Session, command: Command): Promise<void> {
  const { world } = session;
  const options = command.optsWithGlobals<Options>();
  const { url, by } = session.systemToSignIn;
  const days = daysOf(options.days);
  // Other programs can read what stands in a command line.
  for (const what of ['key', 'password'] as const)
    if (options[what] !== undefined && options[what] !== '-')
      throw usage(`A ${what} is not typed into a command line: --${what} - reads it from standard input.`);
  const client = createClient({ baseUrl: url, fetch: world.fetch });
  const { auth } = await client.auth({ signal: world.interrupt });
  if (auth === 'off') return session.note(`${url} has no accounts: every client may use it, and there is nothing to sign in to.`);
  const kept = options.key === undefined ? await makeKey(session, url, options, days) : await takeKey(session, url);
  const config = readConfig(world.env);
  const name = loginProfile(config, url, options.profile);
  const before = config.profiles[name];
  config.profiles[name] = { url, ...kept.profile };
  // One of this machine is found without a name.
  if (by === 'option' || by === 'profile') config.current ??= name;
  writeConfig(world.env, config);
  if (session.json) await session.printJson({ profile: name, url, email: kept.email, file: configFile(world.env) });
  session.note(`You are ${kept.email ?? 'signed in'} at ${url}: profile ${name} in ${configFile(world.env)}.`);
  if (by === 'option' && config.current !== name) session.note(`It is not the usual one: manyhands config use ${name}`);
  if (before?.key_id !== undefined && before.key_id !== kept.profile.key_id)
    session.note(`The key before (${before.key_id}) stays good until it is revoked at ${url}/account.`);
}

interface Kept {
  profile: Pick<Profile, 'token' | 'key_id'>;
  email: string | null;
}

/** Signs in, makes a key, and ends the session: what is kept is the key alone. */
async function makeKey(session: Session, url: string, options: Options, days: number | undefined): Promise<Kept> {
  const { world } = session;
  const email = options.email ?? (await ask(world, 'E-mail address: ', { instead: 'add --email and --password -, or --key -.' }));
  const password =
    options.password === undefined
      ? await ask(world, 'Password: ', { secret: true, instead: 'add --password -, which reads it from standard input.' })
      : await fromInput(session, 'password');
  const signal = world.interrupt;
  const visitor = createClient({ baseUrl: url, fetch: world.fetch });
  const { access_token: token, user } = await visitor.login({ email: email.trim(), password }, { signal });
  const client = createClient({ baseUrl: url, fetch: world.fetch, token: () => token });
  try {
    const made = await client.createKey(
      {
        name: `manyhands on ${hostname()}`.slice(0, 100),
        scopes: user.role === 'admin' ? ['read', 'write', 'admin'] : ['read', 'write'],
        ...(days !== undefined && { expires_at: new Date(Date.now() + days * dayMs).toISOString() }),
      },
      { signal },
    );
    return { profile: { token: made.key, key_id: made.key_id }, email: user.email };
  } finally {
    await endSession(client);
  }
}

/** It ends by itself otherwise. */
async function endSession(client: Client): Promise<void> {
  try {
    const current = (await client.sessions()).find((each) => each.current);
    if (current) await client.endSession(current.session_id);
  } catch {
    // The key is what counts.
  }
}

async function takeKey(session: Session, url: string): Promise<Kept> {
  const key = await fromInput(session, 'key');
  const { fetch, interrupt: signal } = session.world;
  try {
    const { email } = await createClient({ baseUrl: url, fetch, key }).me({ signal });
    return { profile: { token: key }, email };
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401)
      throw new CommandEnd(EXIT.notAllowed, `${url} does not take this key.`);
    throw error;
  }
}

async function fromInput({ world }: Session, what: 'key' | 'password'): Promise<string> {
  const read = (await text(world.stdin)).replace(/\r?\n$/, '');
  if (read === '') throw usage(`There is no ${what} on standard input.`);
  return read;
}

function daysOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const days = Number(given);
  if (Number.isInteger(days) && days >= 1 && days <= daysMost) return days;
  throw usage(`--days must be a whole number from 1 to ${daysMost} (it is ${JSON.stringify(given)}).`);
}
