/** Who may do what on the nats-server of `npm start`, asked of the one that is started. */
import { createOutbox, openBroker, openBucket, provision, storedAt } from '@manyhands/broker';
import { BUCKETS, encode, eventSubjects, LOCAL_TENANT, newJobId, STREAMS } from '@manyhands/proto';
import { ASSET_KEYS, IDENTITIES } from '@manyhands/proto/identities';
import { eventually, findNatsServer, reservedPort } from '@manyhands/testkit';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeAt, type Home } from '../home.ts';
import { openHome } from '../home-folder.ts';
import { writePrivate } from '../nats-server/access.ts';
import { renderServerConfig } from '../nats-server/config.ts';
import { keepStreams, provideStreams } from '../nats-server/streams.ts';
import { prepareOwnNats, waitForNats, type OwnNats } from './nats.ts';

const env = { ...process.env, MANYHANDS_NATS_SERVER: findNatsServer() };
const storageGb = 1;
let home: Home;
let server: ChildProcess | undefined;

beforeEach(() => {
  home = openHome(homeAt(mkdtempSync(join(tmpdir(), 'local-access-'))));
});
afterEach(async () => {
  await stop();
  rmSync(home.folder, { recursive: true, force: true });
});

async function run(url: string): Promise<void> {
  server = spawn(env.MANYHANDS_NATS_SERVER, ['-c', home.natsConfig], { stdio: 'ignore' });
  await waitForNats(url);
}

async function stop(): Promise<void> {
  if (!server) return;
  const gone = once(server, 'exit');
  server.kill('SIGTERM');
  await gone;
  server = undefined;
}

/** As `npm start` does it. */
async function start(): Promise<OwnNats> {
  const port = await reservedPort();
  const own = await prepareOwnNats({ home, env, say: () => undefined, port, storageGb });
  await run(own.url);
  await provideStreams({
    url: own.url,
    keyFile: own.keyFiles.provision,
    storageGb,
    retentionHours: 24,
    waiting: () => undefined,
  });
  return own;
}

const seedIn = (file: string): string => readFileSync(file, 'utf8').trim();
const openAdmin = (own: OwnNats) => openBroker({ url: own.url, access: { nkey: seedIn(own.keyFiles.admin) }, name: 'admin' });

/** What the server answers to a client that shows this, and then sends `commands`. */
async function answerTo(url: string, shown: Readonly<Record<string, string | undefined>>, commands = ''): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
  socket.write(`CONNECT ${JSON.stringify({ verbose: false, ...shown })}\r\n${commands}PING\r\n`);
  let heard = '';
  for await (const text of socket as AsyncIterable<string>) {
    heard += text;
    if (/^(PONG|-ERR)/m.test(heard)) break;
  }
  return heard.split('\r\n').slice(1).join(' ');
}

test('without credentials nothing is read or written, and no secret is where others could see it', async () => {
  const own = await start();
  const { password } = new URL(own.workerUrl);
  expect(await answerTo(own.url, { user: 'worker', pass: password })).toMatch(/^PONG/);
  for (const shown of [
    {},
    { auth_token: password },
    { user: 'worker', pass: password.toLowerCase() },
    { user: 'admin', pass: '' },
  ])
    for (const command of [
      'SUB > 1\r\n',
      'SUB _INBOX.x 1\r\nPUB $JS.API.STREAM.NAMES _INBOX.x 0\r\n\r\n',
      'PUB job.00.x.submit 2\r\n{}\r\n',
    ])
      expect(await answerTo(own.url, shown, command), JSON.stringify(shown)).toMatch(/^-ERR 'Authorization Violation'/);
  const admin = await openAdmin(own);
  expect((await admin.manager.getAccountInfo()).streams).toBe(ASSET_KEYS.length);
  expect((await admin.manager.streams.info(STREAMS.mailbox.name)).state.messages).toBe(0);
  await admin.close();
  const secrets = [password, ...Object.values(own.keyFiles).map(seedIn)];
  const commandLines = execFileSync('ps', ['-eww', '-o', 'args='], { encoding: 'utf8' });
  for (const secret of secrets) expect(commandLines).not.toContain(secret);
  for (const file of [home.natsConfig, home.natsUrl, ...Object.values(own.keyFiles)])
    expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const folder of [home.folder, home.natsKeys]) expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const file of Object.values(own.keyFiles))
    expect(readFileSync(home.natsConfig, 'utf8').includes(seedIn(file))).toBe(false);
});

test('a worker with the address in the home reads no accounts, ends no job, and publishes nothing that another service does', async () => {
  const own = await start();
  const admin = await openAdmin(own);
  const identity = await openBucket(admin, 'identity');
  await identity.put('user.anna', encode({ hash: 'x' }));
  const worker = await openBroker({ url: own.workerUrl, name: 'worker', inbox: 'compute' });
  await expect(openBucket(worker, 'identity').then((bucket) => bucket.get('user.anna'))).rejects.toThrow();
  await expect(storedAt(worker, 'events', 1)).rejects.toThrow();
  const outbox = createOutbox(worker);
  const jobId = newJobId();
  const forbidden = [
    eventSubjects.finished(LOCAL_TENANT, jobId),
    `$KV.${BUCKETS.identity.name}.user.eve`,
    `$KV.${BUCKETS.jobs.name}.${LOCAL_TENANT}.${jobId}`,
  ];
  await Promise.all(
    forbidden.map((subject) => expect(outbox.publishAll([{ subject, data: encode({}) }]), subject).rejects.toThrow()),
  );
  expect((await admin.manager.streams.info(STREAMS.events.name)).state.messages).toBe(0);
  expect((await identity.entries('>')).length).toBe(1);
  await (await openBucket(worker, 'workers')).put('w1', encode({}));
  await worker.close();
  await admin.close();
});

// Seen: no service may make a stream, so what an operator removed stayed away until the next start.
test('streams and buckets that a hand removes or changes are put right, by whom may do it', async () => {
  const own = await start();
  const said: string[] = [];
  const end = keepStreams({
    ...{ url: own.url, keyFile: own.keyFiles.provision, storageGb, retentionHours: 24, everyMs: 50 },
    say: (line) => said.push(line),
  });
  const access = { nkey: readFileSync(own.keyFiles.admin, 'utf8').trim() };
  const admin = await openBroker({ url: own.url, access, name: 'admin' });
  const { streams } = admin.manager;
  const gone = [STREAMS.logs.name, STREAMS.mailbox.name, `KV_${BUCKETS.pace.name}`];
  const before = await streams.info(STREAMS.dead.name);
  for (const name of gone) await streams.delete(name);
  await streams.update(STREAMS.dead.name, { max_age: 3_600_000_000_000 });
  await eventually(async () => {
    for (const name of gone) await streams.info(name);
    expect((await streams.info(STREAMS.dead.name)).config.max_age).toBe(before.config.max_age);
  });
  end();
  expect(said.join(' ')).toMatch(/LOGS/);
  expect(said.join(' ')).toMatch(/DEAD/);
  await admin.close();
});

test('keys stay over a restart; a home of an earlier release, with a token and no keys, keeps its jobs', async () => {
  const token = 'a'.repeat(32);
  const port = await reservedPort();
  const old = `nats://${token}@127.0.0.1:${port}`;
  const config = { port, storeFolder: home.natsStore, pidFile: home.natsPid, storageGb };
  writePrivate(home.natsConfig, renderServerConfig({ ...config, authorization: `authorization { token: "${token}" }\n` }));
  writeFileSync(home.natsUrl, `${old}\n`);
  await run(old);
  const before = await openBroker({ url: old, name: 'old' });
  await provision(before, { storageGb, retentionHours: 24 });
  await (await openBucket(before, 'jobs')).put('local.kept', encode({}));
  await before.close();
  await stop();

  const first = await start();
  const seeds = IDENTITIES.map((identity) => seedIn(first.keyFiles[identity]));
  expect(new Set(seeds).size).toBe(IDENTITIES.length);
  const admin = await openAdmin(first);
  expect(await (await openBucket(admin, 'jobs')).get('local.kept')).toBeDefined();
  await admin.close();
  await stop();

  const second = await start();
  expect(IDENTITIES.map((identity) => seedIn(second.keyFiles[identity]))).toEqual(seeds);
  expect(new URL(second.workerUrl)).toMatchObject({ username: 'worker', password: token });
  const again = await openAdmin(second);
  await eventually(async () => expect((await (await openBucket(again, 'jobs')).entries('>')).length).toBe(1));
  await again.close();
});

test('a file that holds no key is a sentence', async () => {
  const port = await reservedPort();
  const prepare = () => prepareOwnNats({ home, env, say: () => undefined, port, storageGb });
  const { keyFiles } = await prepare();
  writeFileSync(keyFiles.gateway, 'nonsense\n');
  await expect(prepare()).rejects.toThrow(
    `Manyhands cannot start: ${keyFiles.gateway} holds no key of NATS: put the right one there, or remove the file, and a new one is made`,
  );
});
