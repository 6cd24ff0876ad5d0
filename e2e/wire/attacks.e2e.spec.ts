/** What a hostile client sends to hurt others: refused within a second and heard, at bounded memory, while others are served as before. */
import { eventually } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { request } from '../../services/gateway/src/edge/raw-client.fixture.ts';
import { startBareSystem, type BareSystem } from '../clients/bare-system.ts';
import { cpuSeconds, residentMb, startGateway, type GatewayProcess } from '../clients/gateway-process.ts';
import { attack, crawl } from './attack.ts';

const mib = 1024 ** 2;
const job = { kind: 'sum', params: { n: 10 } };
let bare: BareSystem;
let gateway: GatewayProcess;

beforeAll(async () => {
  bare = await startBareSystem();
  gateway = await startGateway(bare.natsUrl);
  await eventually(async () => expect(await submit()).toBe(202));
});

afterAll(async () => {
  await gateway?.stop();
  await bare?.stop();
});

async function submit(): Promise<number> {
  const { status, body } = await fetch(`${gateway.origin}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(job),
  });
  await body?.cancel();
  return status;
}

async function list(): Promise<number> {
  const { status, body } = await fetch(`${gateway.origin}/v1/jobs?limit=1`);
  await body?.cancel();
  return status;
}

const head = (headers: Record<string, string>): Buffer =>
  Buffer.from(request(gateway.origin, 'POST', '/v1/jobs', { 'Content-Type': 'application/json', ...headers }));

function* told(length: number, pieces: Iterable<Buffer>): Iterable<Buffer> {
  yield head({ 'Content-Length': String(length) });
  yield* pieces;
}

function* times(count: number, piece: Buffer): Iterable<Buffer> {
  for (let sent = 0; sent < count; sent += 1) yield piece;
}

const whole = (text: string): Iterable<Buffer> => told(text.length, [Buffer.from(text)]);
const keysOf = (count: number): string =>
  `{"kind":"sum","params":{${Array.from({ length: count }, (_, n) => `"k${n}":0`).join(',')}}}`;

const attacks: Record<string, [bytes: () => Iterable<Buffer>, statuses: readonly number[]]> = {
  'a body of 100 MB': [() => told(100 * mib, times(100, Buffer.alloc(mib, 'x'))), [413]],
  'a body of 100 MB, in chunks': [
    function* () {
      yield head({ 'Transfer-Encoding': 'chunked' });
      yield* times(100, Buffer.from(`100000\r\n${'x'.repeat(mib)}\r\n`));
    },
    [413],
  ],
  'a body of 100 MB for no route': [
    () => [
      Buffer.from(request(gateway.origin, 'POST', '/v1/nope', { 'Content-Length': String(100 * mib) })),
      ...times(100, Buffer.alloc(mib, 'x')),
    ],
    [404],
  ],
  'a million keys': [() => whole(keysOf(1_000_000)), [413]],
  'as many keys as a body may have': [() => whole(keysOf(90_000)), [413]],
  'as many keys as params may have': [() => whole(keysOf(5_000)), [422]],
  'a depth of 10,000 arrays': [() => whole('['.repeat(10_000)), [400]],
  'a depth of 10,000 objects, all closed': [() => whole(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`), [400]],
  'a depth of 10,000 within params': [
    () => whole(`{"kind":"sum","params":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`),
    [400],
  ],
};

/** What others see until told to stop: how long each of their requests took, and that all went well. */
function others(): () => Promise<number[]> {
  let goOn = true;
  const tookMs: number[] = [];
  const ran = (async () => {
    while (goOn) {
      for (const ask of [list, submit]) {
        const beganMs = performance.now();
        expect([200, 202]).toContain(await ask());
        tookMs.push(performance.now() - beganMs);
      }
    }
  })();
  return async () => {
    goOn = false;
    await ran;
    return tookMs;
  };
}

const middle = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
const slowest = (times: readonly number[]): number => Math.max(...times);

/** Of the gateway and of this process, which attacks it. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + cpuSeconds(gateway.pid) * 1_000;
}

it('attackers of every sort are refused within a second and heard, and others do not notice', async () => {
  // Once for all: what is compiled and kept after the first of each sort is no cost of an attack.
  await Promise.all(Object.values(attacks).map(([bytes]) => attack(gateway.origin, bytes())));
  const beforeMb = residentMb(gateway.pid);
  let peakMb = beforeMb;
  const looking = setInterval(() => (peakMb = Math.max(peakMb, residentMb(gateway.pid))), 20);
  const crawlers = Array.from({ length: 200 }, () => crawl(gateway.origin));
  const heardMs: number[] = [];
  const stop = others();
  const [beganMs, beganCpuMs] = [performance.now(), cpuMs()];
  for (let round = 0; round < 4; round += 1)
    await Promise.all(
      Object.entries(attacks).map(async ([name, [bytes, statuses]]) => {
        const { status, afterMs } = await attack(gateway.origin, bytes());
        expect(statuses, name).toContain(status);
        heardMs.push(afterMs);
      }),
    );
  const tookMs = await stop();
  clearInterval(looking);
  // Both processes have work all the time: where they got less than a core together, other work had the rest, and a second is longer.
  const shareOfCore = Math.min(1, (cpuMs() - beganCpuMs) / (performance.now() - beganMs));
  const withinMs = 1_000 / shareOfCore;
  console.log(
    `refusals heard after ${middle(heardMs).toFixed(0)} ms, ${slowest(heardMs).toFixed(0)} ms at most; others answered after ${middle(tookMs).toFixed(0)} ms, ${slowest(tookMs).toFixed(0)} ms at most, at ${shareOfCore.toFixed(2)} of a core; memory ${beforeMb.toFixed(0)} MB, ${peakMb.toFixed(0)} MB at most`,
  );
  expect(slowest(heardMs)).toBeLessThan(withinMs);
  expect(middle(tookMs)).toBeLessThan(withinMs / 4);
  expect(slowest(tookMs)).toBeLessThan(withinMs * 2);
  expect(peakMb - beforeMb).toBeLessThan(100);

  // Ten seconds for a head, and one more to see that they are over.
  const told = await Promise.all(crawlers);
  expect(new Set(told.map(({ status }) => status))).toEqual(new Set([408]));
  expect(Math.max(...told.map(({ afterMs }) => afterMs))).toBeLessThan(14_000 + withinMs);
});
