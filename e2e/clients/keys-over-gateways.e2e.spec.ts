/** Clients repeat what they send, under a key, over two gateways, one of which is killed in the middle: each key makes one job. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readStored } from '@manyhands/broker';
import { startBareSystem, type BareSystem } from './bare-system.ts';
import { startGateway, type GatewayProcess } from './gateway-process.ts';

const SUBMITS = 1_000;
const KEYS = 200;
const CLIENTS = 16;

let bare: BareSystem;
let gateways: GatewayProcess[];

beforeAll(async () => {
  bare = await startBareSystem();
  gateways = await Promise.all([startGateway(bare.natsUrl), startGateway(bare.natsUrl)]);
});
afterAll(async () => {
  await gateways?.[1]?.stop();
  await bare?.stop();
});

it(`${SUBMITS} submissions with ${KEYS} keys make ${KEYS} jobs, although a gateway is killed in the middle`, async () => {
  const jobsByKey = new Map<number, Set<string>>();
  let next = 0;
  let unanswered = 0;
  const submit = async (index: number): Promise<void> => {
    const key = index % KEYS;
    for (let tries = index; ; tries += 1) {
      const answer = await fetch(`${gateways[tries % 2]!.origin}/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `key-${key}` },
        body: JSON.stringify({ n: 1_000 + key }),
      }).catch(() => undefined);
      const body = (await answer?.json().catch(() => undefined)) as { job_id: string } | undefined;
      if (answer?.status === 202 && body !== undefined) {
        jobsByKey.set(key, (jobsByKey.get(key) ?? new Set()).add(body.job_id));
        return;
      }
      if (answer !== undefined) expect([202, 503]).toContain(answer.status);
      unanswered += 1;
    }
  };
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (next < SUBMITS) {
        if (next === SUBMITS / 2) process.kill(gateways[0]!.pid, 'SIGKILL');
        await submit(next++);
      }
    }),
  );
  expect(unanswered).toBeGreaterThan(0);
  expect([...jobsByKey.values()].map(({ size }) => size)).toEqual(Array<number>(KEYS).fill(1));
  const stored = (await readStored(bare.broker, 'mailbox', 'job.*.*.submit')).map(({ subject }) => subject.split('.')[2]);
  expect(stored.sort()).toEqual([...jobsByKey.values()].flatMap((ids) => [...ids]).sort());
});
