/**
 * Gives the system its NATS: the server `NATS_URL` names, after a look at its version, or one of its own.
 *
 * A server left over from a system that was killed holds the same store; it is ended before a new one starts.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startText, type Home } from '../home.ts';
import type { IdentityKeys } from '@manyhands/broker';
import { renderAuthorization } from '@manyhands/proto/identities';
import { workerUser, writeAccess, writePrivate } from '../nats-server/access.ts';
import { renderServerConfig } from '../nats-server/config.ts';
import { durabilityOfConfig, type Durability } from '../nats-server/durability.ts';
import { findNatsServer } from '../nats-server/find.ts';
import { fetchServerInfo, serverAddresses } from '../nats-server/server-info.ts';
import { isNewEnough, REQUIRED_VERSION } from '../nats-server/version.ts';
import { freePort, probePort } from '../ports.ts';
import { Refusal } from '../refusal.ts';
import type { ProcessPlan } from '../supervise/process-plan.ts';
import { endLeftovers } from './leftover.ts';
import { natsServerPlan } from './process-plans.ts';

const run = promisify(execFile);
const loopback = '127.0.0.1';
const usualPort = 4222;

/** Throws a refusal when no server there is new enough and has JetStream. */
export async function checkNatsUrl(natsUrl: string): Promise<void> {
  // Behind a WebSocket stands a server that states nothing of itself before it is asked; the services ask it.
  if (/^\s*wss?:/i.test(natsUrl)) return;
  const addresses = serverAddresses(natsUrl);
  for (const address of addresses) {
    const info = await fetchServerInfo(address);
    if (!info) continue;
    const where = `The server at ${address.host}:${address.port} (NATS_URL)`;
    if (!isNewEnough(info.version)) {
      throw new Refusal(
        `${where} is nats-server ${info.version}; Manyhands needs ${REQUIRED_VERSION} or newer. Upgrade it, or unset NATS_URL: ${startText} then runs its own server.`,
      );
    }
    if (!info.jetstream)
      throw new Refusal(
        `${where} runs without JetStream. Start it with -js, or unset NATS_URL: ${startText} then runs its own server.`,
      );
    return;
  }
  throw new Refusal(
    `No NATS server answers at ${addresses.map(({ host, port }) => `${host}:${port}`).join(', ')} (NATS_URL). Start it, or unset NATS_URL: ${startText} then runs its own server.`,
  );
}

export interface OwnNatsSetting {
  home: Home;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  /** Undefined: the usual one, or another when that is taken. */
  port: number | undefined;
  /** Of the gateway, which is started later. */
  gatewayPort?: number;
  /** Gigabytes that streams and buckets reserve together. */
  storageGb: number;
}

export interface OwnNats {
  plan: ProcessPlan;
  /** Without what identifies a client. */
  url: string;
  /** For workers started by hand: with their password. */
  workerUrl: string;
  /** Files with the keys by which the others sign in. */
  keyFiles: IdentityKeys['files'];
  durability: Durability;
}

/** Finds the program, writes the configuration and returns what to start. The home must be open and locked. */
export async function prepareOwnNats({ home, env, say, port: asked, gatewayPort, storageGb }: OwnNatsSetting): Promise<OwnNats> {
  const program = await findNatsServer({ cacheFolder: home.bin, env, say });
  await endLeftovers(home, say);
  const port = await choosePort(asked, gatewayPort, say);
  await mkdir(home.natsStore, { recursive: true, mode: 0o700 });
  const { keysIn } = await import('../nats-server/streams.ts');
  const { files: keyFiles, publicKeys } = keysIn(home.natsKeys);
  const worker = workerUser(home);
  const config = renderServerConfig({
    port,
    storeFolder: home.natsStore,
    pidFile: home.natsPid,
    storageGb,
    before: await readFile(home.natsConfig, 'utf8').catch(() => ''),
    authorization: renderAuthorization(publicKeys, [worker]),
  });
  writePrivate(home.natsConfig, config);
  const plan = natsServerPlan({ program, configFile: home.natsConfig, withParentSignal: await parentSignalCommand(), env });
  const workerUrl = writeAccess(home, { worker, adminKeyFile: keyFiles.admin, port });
  return { plan, url: `nats://${loopback}:${port}`, workerUrl, keyFiles, durability: durabilityOfConfig(config) };
}

async function choosePort(
  asked: number | undefined,
  gatewayPort: number | undefined,
  say: (line: string) => void,
): Promise<number> {
  const wanted = asked ?? usualPort;
  if (wanted !== gatewayPort && (await probePort(wanted, loopback)) === 'free') return wanted;
  if (asked !== undefined)
    throw new Refusal(
      `Port ${asked} (MANYHANDS_NATS_PORT) is taken by another program. Choose another, or unset it: ${startText} then finds a free one.`,
    );
  const port = await freePort(loopback);
  say(`nats-server: port ${wanted} is taken by ${wanted === gatewayPort ? 'the gateway' : 'another program'}, using ${port}`);
  return port;
}

/** Resolves when the server takes clients, which is after it has recovered its streams. */
export async function waitForNats(url: string, signal?: AbortSignal): Promise<void> {
  const [address] = serverAddresses(url);
  while (address && !(await fetchServerInfo(address))) await wait(50, undefined, signal ? { signal } : {});
}

/** util-linux has a command for this; elsewhere a leftover server is ended at the next start. */
async function parentSignalCommand(): Promise<readonly string[] | undefined> {
  const command = ['setpriv', '--pdeathsig', 'TERM'];
  const works = await run('setpriv', ['--pdeathsig', 'TERM', 'true']).then(
    () => true,
    () => false,
  );
  return works ? command : undefined;
}
