/** The two programs an operator runs before services that sign in by keys of their own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBroker, provision } from '@manyhands/broker';
import { ASSET_KEYS, IDENTITIES } from '@manyhands/proto/identities';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'keys-'));
const keyOf = (identity: string) => join(folder, 'nats', `${identity}.nkey`);
const seedOf = (identity: string) => readFileSync(keyOf(identity), 'utf8').trim();
let server: NatsServer;
/** Each program is a process of its own, which takes seconds on a busy machine. */
const withinMs = 90_000;

function run(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const program = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  return new Promise((resolve) => {
    const given = ['--conditions=source', '--disable-warning=ExperimentalWarning', program, ...args];
    execFile(process.execPath, given, { env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

beforeAll(async () => {
  expect(await run('keys', [join(folder, 'nats')])).toMatchObject({ code: 0, err: '' });
  server = await startNatsServer({
    syncAlways: false,
    extraConfig: readFileSync(join(folder, 'nats/authorization.conf'), 'utf8'),
  });
}, withinMs);
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('keys are readable by their owner alone, and stay when they are made again', { timeout: withinMs }, async () => {
  const before = IDENTITIES.map(seedOf);
  expect(new Set(before).size).toBe(IDENTITIES.length);
  for (const identity of IDENTITIES) expect(statSync(keyOf(identity)).mode & 0o777).toBe(0o600);
  expect(await run('keys', [join(folder, 'nats')])).toMatchObject({ code: 0 });
  expect(IDENTITIES.map(seedOf)).toEqual(before);
  for (const seed of before) expect(readFileSync(join(folder, 'nats/authorization.conf'), 'utf8')).not.toContain(seed);
  expect(await run('keys', [])).toMatchObject({ code: 1, err: expect.stringContaining('usage') });
});

it('each key may have a folder of its own, apart from what the server is given', { timeout: withinMs }, async () => {
  const apart = join(folder, 'apart');
  for (const _again of [1, 2]) expect(await run('keys', [apart, '--apart'])).toMatchObject({ code: 0, err: '' });
  expect(readdirSync(apart).sort()).toEqual([...IDENTITIES, 'server'].sort());
  for (const identity of IDENTITIES) expect(readdirSync(join(apart, identity))).toEqual([`${identity}.nkey`]);
  expect(readdirSync(join(apart, 'server'))).toEqual(['authorization.conf']);
  expect(await run('keys', [apart, '--together'])).toMatchObject({ code: 1, err: expect.stringContaining('usage') });
});

it('a service waits with a sentence until the provisioning identity was there', { timeout: withinMs }, async () => {
  const broker = await openBroker({ url: server.url, access: { nkey: seedOf('coordinator') }, name: 'coordinator' });
  await expect(provision(broker, { storageGb: 1, as: 'coordinator' })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/this process may not create or change it: let the provisioning identity do so/),
  });
  const env = { NATS_URL: server.url, MANYHANDS_NATS_NKEY_FILE: keyOf('provision'), MANYHANDS_STORAGE_GB: '1' };
  for (const again of [1, 2])
    expect([again, await run('main', [], env)]).toEqual([
      again,
      { code: 0, out: 'The streams, buckets and consumers are there.\n', err: '' },
    ]);
  await provision(broker, { storageGb: 1, as: 'coordinator' });
  await broker.close();
  const admin = await openBroker({ url: server.url, access: { nkey: seedOf('admin') }, name: 'admin' });
  expect((await admin.manager.getAccountInfo()).streams).toBe(ASSET_KEYS.length);
  await admin.close();
});

it('what cannot work is one sentence and a code that states whether to try again', { timeout: withinMs }, async () => {
  const env = { NATS_URL: server.url, MANYHANDS_STORAGE_GB: 'all' };
  expect(await run('main', [], env)).toMatchObject({
    code: 78,
    err: expect.stringMatching(/^Provisioning cannot start: MANYHANDS_STORAGE_GB must/),
  });
  expect(await run('main', [], { NATS_URL: server.url })).toMatchObject({
    code: 78,
    err: expect.stringContaining('refuses these credentials'),
  });
});
