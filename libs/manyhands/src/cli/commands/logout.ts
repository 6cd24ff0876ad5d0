/** `manyhands logout`: revokes the API key of a profile and removes it from the file. */
import { ApiProblem } from '@manyhands/sdk';
import type { Command } from 'commander';
import { configFile, readConfig, writeConfig } from '../config/config-file.ts';
import { loginProfile } from '../config/login-profile.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { world, client } = session;
  const { url } = session.system;
  const config = readConfig(world.env);
  const name = loginProfile(config, url, command.optsWithGlobals<{ profile?: string }>().profile);
  const profile = config.profiles[name];
  if (profile?.token === undefined) {
    session.note(`No key is kept for ${url}.`);
    return session.json ? session.printJson({ profile: null }) : undefined;
  }
  const problem = profile.key_id === undefined ? undefined : await revoked(client.revokeKey(profile.key_id));
  config.profiles[name] = { url: profile.url };
  writeConfig(world.env, config);
  session.note(`The key of profile ${name} is removed from ${configFile(world.env)}.`);
  if (profile.key_id === undefined)
    session.note(`It was not made by "manyhands login", and stays good: revoke it at ${url}/account.`);
  else if (problem !== undefined) session.note(`It could not be revoked (${problem}); revoke it at ${url}/account.`);
  if (session.json) await session.printJson({ profile: name, file: configFile(world.env) });
}

/** Undefined: it is, or was before. */
async function revoked(asked: Promise<void>): Promise<string | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    return error.status === 401 || error.status === 404 ? undefined : error.message;
  }
}
