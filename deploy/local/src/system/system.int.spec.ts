import { eventually, findNatsServer, reservedPort } from '@manyhands/testkit';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { homeOf, type Home } from '../home.ts';
import { fetchServerInfo, serverAddresses } from '../nats-server/server-info.ts';
import { checkNatsUrl, prepareOwnNats, waitForNats } from './nats.ts';
import type { StartOptions } from './options.ts';
import { entryOf } from './process-plans.ts';
import { waitUntilReady } from './readiness.ts';
import { startSystem, type LocalSystem, type SystemSetting } from './system.ts';

let folder: string;
let home: Home;
let options: StartOptions;
let said: string[];
let died: string[];
const systems: LocalSystem[] = [];
const servers: Server[] = [];
const env = { ...process.env, MANYHANDS_NATS_SERVER: findNatsServer() };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'system-'));
  home = homeOf({ MANYHANDS_HOME: join(folder, 'home') });
  options = {
    port: await reservedPort(),
    host: '127.0.0.1',
    compute: 1,
    slots: 1,
    natsUrl: undefined,
    natsPort: await reservedPort(),
    natsMonitor: undefined,
    storageGb: 13,
    retentionHours: 24,
    webFolder: undefined,
    drainWithinSec: 8,
    killsWorkers: true,
  };
  said = [];
  died = [];
  for (const service of ['gateway', 'coordinator', 'compute', 'metrics']) await writeService(service);
});
afterEach(async () => {
  for (const system of systems.splice(0)) await system.force();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

/** A stand-in that answers /readyz when it is the gateway, and notes when it is told to stop. */
async function writeService(service: string): Promise<void> {
  const entry = entryOf(service, folder);
  await mkdir(dirname(entry), { recursive: true });
  await writeFile(join(dirname(entry), 'package.json'), '{"type":"module"}');
  await writeFile(
    entry,
    `import { appendFileSync } from 'node:fs';
     import { createServer } from 'node:http';
     process.on('SIGTERM', () => { appendFileSync(process.env.MANYHANDS_HOME + '/diary', '${service}\\n'); process.exit(0); });
     appendFileSync(process.env.MANYHANDS_HOME + '/up', '${service}\\n');
     createServer((request, response) => response.end(request.url === '/readyz' ? '{"ready":true}' : '')).listen(${service === 'gateway' ? 'Number(process.env.PORT)' : '0'}, '127.0.0.1');`,
  );
}

const setting = (): SystemSetting => ({
  options,
  home,
  projectFolder: folder,
  env,
  say: (line) => said.push(line),
  events: { line: () => undefined, died: (name, how) => died.push(`${name} ${how}`) },
});

async function start(): Promise<LocalSystem> {
  const system = await startSystem(setting());
  systems.push(system);
  return system;
}

const natsInfo = (url: string) => fetchServerInfo(serverAddresses(url)[0] ?? { host: '', port: 0 });

async function pretendServer(hello: string): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(hello));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('everything starts, becomes ready, and drains from the outside in', async () => {
  const system = await start();
  await waitUntilReady({ url: system.url });
  await vi.waitFor(() => expect(readFileSync(join(home.folder, 'up'), 'utf8').trim().split('\n')).toHaveLength(4), {
    timeout: 10_000,
  });
  expect(await natsInfo(system.natsUrl)).toMatchObject({ jetstream: true });
  expect(said).toEqual([
    expect.stringMatching(/^nats-server: using \d+\.\d+\.\d+ from MANYHANDS_NATS_SERVER/),
    expect.stringMatching(/^Durable: /),
  ]);
  await system.drain();
  expect(readFileSync(join(home.folder, 'diary'), 'utf8')).toBe('gateway\ncompute\ncoordinator\nmetrics\n');
  expect(await natsInfo(system.natsUrl)).toBeUndefined();
  expect(existsSync(home.holder)).toBe(false);
  expect(died).toEqual([]);
});

test('the password of NATS_URL is shown nowhere', async () => {
  const nobody = `nats://bob:s3cretPW@127.0.0.1:${await reservedPort()}`;
  await expect(checkNatsUrl(nobody)).rejects.not.toThrow(/s3cretPW/);
});

test('a second start on the same home is refused and leaves the first alone', async () => {
  const system = await start();
  options = { ...options, port: await reservedPort(), natsPort: undefined };
  await expect(startSystem(setting())).rejects.toThrow(`already runs on ${home.folder} (process ${process.pid}, ${system.url})`);
  await waitUntilReady({ url: system.url });
});

test('a killed nats-server comes back on the same port', async () => {
  const system = await start();
  process.kill(Number(readFileSync(home.natsPid, 'utf8')), 'SIGKILL');
  await eventually(() => expect(died).toEqual(['nats-server ended by SIGKILL']));
  await waitForNats(system.natsUrl);
});

test('a taken port is refused before anything is started, and says what to do', async () => {
  options = { ...options, port: Number(new URL((await pretendServer('')).replace('nats:', 'http:')).port) };
  await expect(startSystem(setting())).rejects.toThrow(
    `Port ${options.port} is taken by another program. Stop that one, or choose another port: PORT=${options.port + 1} npm start`,
  );
  expect(existsSync(home.natsConfig)).toBe(false);
  expect(existsSync(home.holder)).toBe(false);
});

test('a host that is not of this machine is a sentence', async () => {
  for (const host of ['nosuch.invalid', '10.9.8.7']) {
    options = { ...options, host };
    await expect(startSystem(setting())).rejects.toThrow(`HOST is "${host}", which is not an address of this machine.`);
  }
});

test('a dashboard that is not there is refused before anything is started', async () => {
  // Seen: a file was taken, and the gateway ended with a stack, again and again.
  for (const webFolder of ['no/such', 'package.json', 'package.json/below'])
    await expect(startSystem({ ...setting(), options: { ...options, webFolder } })).rejects.toThrow(
      new RegExp(`MANYHANDS_WEB is "${webFolder}", and /.*${webFolder} is no folder that can be read`),
    );
  expect(existsSync(home.natsConfig)).toBe(false);
});

test('another program on [::1] of our port is said, and the address shown is not its', async () => {
  const other = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => other.listen(options.port, '::1', resolve));
  servers.push(other);
  const system = await start();
  expect(said).toContain(
    `Another program answers at [::1]:${options.port}, so http://localhost:${options.port} may lead there: use http://127.0.0.1:${options.port}`,
  );
  expect(system.url).toBe(`http://127.0.0.1:${options.port}`);
  await waitUntilReady({ url: system.url });
});

test('a service that can never work as it is set ends the wait with what it said', async () => {
  await writeFile(entryOf('metrics', folder), `console.error('Metrics cannot start: it is set wrong.'); process.exit(78);`);
  const system = await start();
  expect(await system.failed).toBe(
    'metrics cannot run with these settings (it ended with 78); all processes are stopped.\nMetrics cannot start: it is set wrong.',
  );
  expect(died).toEqual([]);
});

test('a NATS port somebody asked for is refused when it is taken', async () => {
  const taken = Number((await pretendServer('')).split(':').at(-1));
  await expect(prepareOwnNats({ home, env, say: () => undefined, port: taken, storageGb: 13 })).rejects.toThrow(
    `Port ${taken} (MANYHANDS_NATS_PORT) is taken`,
  );
});

test('the usual NATS port is left to a gateway that has it', async () => {
  const own = await prepareOwnNats({
    home,
    env,
    say: (line) => said.push(line),
    port: undefined,
    gatewayPort: 4222,
    storageGb: 13,
  });
  expect(own.url).not.toBe('nats://127.0.0.1:4222');
  expect(said.at(-1)).toMatch(/^nats-server: port 4222 is taken by the gateway, using \d+$/);
});

test('services that were never built are named', async () => {
  await rm(entryOf('metrics', folder));
  await expect(startSystem(setting())).rejects.toThrow('Not built yet: metrics. Run "npm run build"');
});

test('an existing NATS server is used when it is new enough', async () => {
  const own = await start();
  const natsUrl = own.natsUrl;
  home = homeOf({ MANYHANDS_HOME: join(folder, 'second') });
  options = { ...options, port: await reservedPort(), natsUrl, natsPort: undefined };
  const second = await start();
  expect(second.natsUrl).toBe(natsUrl);
  expect(existsSync(home.natsConfig)).toBe(false);
  await waitUntilReady({ url: second.url });
  await second.drain();
  expect(await natsInfo(natsUrl)).toBeDefined();
});

test('an existing NATS server that is too old, has no JetStream or is not there is refused', async () => {
  const old = await pretendServer('INFO {"version":"2.9.10","jetstream":true}\r\n');
  await expect(checkNatsUrl(old)).rejects.toThrow(
    /is nats-server 2\.9\.10; Manyhands needs 2\.15 or newer\. Upgrade it, or unset NATS_URL/,
  );
  const plain = await pretendServer('INFO {"version":"2.15.2"}\r\n');
  await expect(checkNatsUrl(plain)).rejects.toThrow(/runs without JetStream/);
  const nobody = `nats://127.0.0.1:${await reservedPort()}`;
  await expect(checkNatsUrl(nobody)).rejects.toThrow(/No NATS server answers at 127\.0\.0\.1:\d+ \(NATS_URL\)/);
  await checkNatsUrl(`${nobody},${await pretendServer('INFO {"version":"2.15.0","jetstream":true}\r\n')}`);
});

test('a nats-server left over from a killed system is ended before a new one takes its store', async () => {
  const first = await prepareOwnNats({ home, env, say: () => undefined, port: options.natsPort, storageGb: options.storageGb });
  const leftover = spawn(env.MANYHANDS_NATS_SERVER, ['-c', home.natsConfig], { stdio: 'ignore' });
  await waitForNats(first.url);
  const gone = once(leftover, 'exit');
  await prepareOwnNats({ home, env, say: (line) => said.push(line), port: options.natsPort, storageGb: options.storageGb });
  await gone;
  expect(said).toContain(`nats-server: ending process ${leftover.pid}, which still runs after its system was killed`);
});
