/** What is done to hostile jobs besides submitting them: on the bus, past every service, or by users over REST. */
import { setTimeout as wait } from 'node:timers/promises';
import { keys, LOCAL_TENANT, mailboxSubjects, partitionOf, STREAMS, workSubjects } from '@manyhands/proto';
import { openBucket } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { Random } from '../../simulation/random.ts';
import type { History } from '../history.ts';
import { someGarbage } from './garbage.ts';
import type { Happening } from './seen.ts';
import type { Meddling } from './ways.ts';

export interface Table {
  broker: Broker;
  gateways: readonly string[];
  history: History<Happening>;
  random: Random;
}

type Meddle = (table: Table, job: string) => Promise<void>;

export const MEDDLE: Readonly<Record<Meddling, Meddle>> = {
  /** One or more attempts of its only lease are answered by somebody else, first. */
  async 'bad results'(table, job) {
    const attempts = table.random.whole(1, 3);
    for (let attempt = 0; attempt < attempts; attempt += 1)
      await publish(table, job, mailboxSubjects.result(job, `0-1-${attempt}`));
  },
  async 'bad commands'(table, job) {
    const head = `job.${partitionOf(job)}.${job}`;
    for (const what of [
      'cancel',
      'pause',
      'resume',
      'requeue.1',
      'timer.retry',
      'submit',
      'nonsense',
      'result.NO-LEASE',
      'result.0-9999-0',
    ]) {
      await wait(table.random.whole(0, 100));
      await publish(table, job, `${head}.${what}`);
    }
  },
  /** More than once, so that one comes between a snapshot and the next. */
  async 'a bad snapshot'(table, job) {
    for (let times = 0; times < 3; times += 1) {
      await wait(table.random.whole(300, 1_200));
      await overwrite(table, job, 'jobState', keys.jobState(job));
    }
  },
  async 'a bad view'(table, job) {
    await wait(table.random.whole(100, 1_200));
    await overwrite(table, job, 'jobs', keys.job(LOCAL_TENANT, job));
  },
  async 'a purge of its leases'({ broker, history, random }, job) {
    await wait(random.whole(100, 800));
    await broker.manager.streams.purge(STREAMS.work.name, { filter: workSubjects.ofJob(job) });
    history.add({ what: 'meddled', job, how: 'purge' });
  },
  async users(table, job) {
    const { random } = table;
    for (let steps = random.whole(2, 6); steps > 0; steps -= 1) {
      await wait(random.whole(50, 700));
      await ask(table, job, random.one(['pause', 'resume', 'requeue'] as const));
    }
    if (random.chance(0.25)) await ask(table, job, 'cancel');
    // Whoever paused it last wants it to go on in the end. 409: it is over.
    for (let status = 0; status !== 202 && status !== 204 && status !== 404 && status !== 409; await wait(200))
      status = await ask(table, job, 'resume');
  },
};

export type Wish = 'pause' | 'resume' | 'requeue' | 'cancel';

/** The status it was answered with; 0 when there was no answer. */
export async function ask({ gateways, history, random }: Table, job: string, wish: Wish): Promise<number> {
  const address = `${random.one(gateways)}/v1/jobs/${job}`;
  const asked =
    wish === 'cancel'
      ? fetch(address, { method: 'DELETE', signal: AbortSignal.timeout(15_000) })
      : fetch(`${address}/${wish}`, { method: 'POST', signal: AbortSignal.timeout(15_000) });
  const answer = await asked.then(
    async (response) => (await response.text(), response.status),
    () => 0,
  );
  history.add({ what: 'meddled', job, how: wish, answer });
  return answer;
}

async function publish({ broker, history, random }: Table, job: string, subject: string): Promise<void> {
  const { kind, bytes } = someGarbage(random);
  history.add({ what: 'meddled', job, how: `${subject.split('.').slice(3).join('.')}: ${kind}` });
  await broker.jetstream.publish(subject, bytes);
}

async function overwrite(
  { broker, history, random }: Table,
  job: string,
  bucket: 'jobs' | 'jobState',
  key: string,
): Promise<void> {
  const { kind, bytes } = someGarbage(random);
  history.add({ what: 'meddled', job, how: `${bucket}: ${kind}` });
  await (await openBucket(broker, bucket)).put(key, bytes);
}
