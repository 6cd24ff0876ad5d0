/**
 * The system under measurement: a real nats-server, one coordinator and worker processes of their own, and a client that hands jobs in the
 * way the gateway does (stored, acknowledged) and watches their views.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { createOutbox, openBroker, openBucket, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { encode, isFinal, keys, LOCAL_TENANT, mailboxSubjects, newJobId, type JobView, type SubmitJob } from '@manyhands/proto';
import { createClient } from '@manyhands/sdk';
import { reservedPort, startNatsServer } from '@manyhands/testkit';
import { ended, endsWithBench } from './children.ts';
import type { Contender, Durability, Jobs, JobTimes, List, ListTime } from './contender.ts';
import type { MeasuredProcess } from './memory.ts';
import { timed } from './timing.ts';

export type { Durability } from './contender.ts';

export interface MeasuredSystem {
  readonly broker: Broker;
  /** This system as one of those that are compared. */
  readonly contender: Contender;
  /** Hands a job in; resolves with its final view. */
  run(job: Pick<SubmitJob, 'kind' | 'params' | 'chunks' | 'trace'>): Promise<JobView>;
  /** Origin of its gateway, which is started when first asked for. */
  gateway(): Promise<string>;
  /** Origin of another one, with accounts and with limits far away, which is started when first asked for. */
  gatewayWithAccounts(): Promise<string>;
  /** All that run now. */
  processes(): readonly MeasuredProcess[];
  stop(): Promise<void>;
}

const root = resolve(import.meta.dirname, '..');

/** `env` goes to every process, e.g. a setting under measurement; `name` tells two systems of one run apart. */
export async function startMeasuredSystem(
  durability: Durability,
  workers: number,
  slots: number,
  { name = 'Manyhands', env = {} }: { name?: string; env?: Record<string, string> } = {},
): Promise<MeasuredSystem> {
  const server = await startNatsServer({ syncInterval: durability });
  const environment = {
    ...process.env,
    NATS_URL: server.url,
    MANYHANDS_LOG_LEVEL: 'error',
    MANYHANDS_SLOTS: String(slots),
    ...env,
  };
  const children: { name: string; child: ChildProcess }[] = [];
  const start = (of: string, script: string, more: Record<string, string> = {}): ChildProcess => {
    const child = endsWithBench(
      spawn(process.execPath, [script], { cwd: root, env: { ...environment, ...more }, stdio: ['ignore', 'inherit', 'inherit'] }),
    );
    children.push({ name: of, child });
    return child;
  };
  const broker = await openBroker({ url: server.url, name: 'bench' });
  await provision(broker);
  start('coordinator', 'services/coordinator/dist/main.js');
  for (let worker = 0; worker < workers; worker += 1) start('worker', 'bench/worker.ts');

  const outbox = createOutbox(broker);
  const jobs = await openBucket(broker, 'jobs');
  const waiting = new Map<string, (view: JobView) => void>();
  const decoder = new TextDecoder();
  const watch = await jobs.watch('>', {
    entry: ({ key, value }) => {
      const done = waiting.get(key);
      if (done === undefined || value === undefined) return;
      const view = JSON.parse(decoder.decode(value)) as JobView;
      if (!isFinal(view.status)) return;
      waiting.delete(key);
      done(view);
    },
  });
  await allPresent(broker, workers);

  let gateway: Promise<string> | undefined;
  let withAccounts: Promise<string> | undefined;
  const system: MeasuredSystem = {
    broker,
    contender: {
      name,
      run: (asked) => noopJobs(system, asked),
      list: (asked) => echoList(system, asked),
      stop: () => system.stop(),
    },
    async run(job) {
      const jobId = newJobId();
      const finished = new Promise<JobView>((done) => waiting.set(keys.job(LOCAL_TENANT, jobId), done));
      const submit: SubmitJob = {
        v: 1,
        type: 'SubmitJob',
        job_id: jobId,
        tenant: LOCAL_TENANT,
        ...job,
        lane: 'normal',
        on_dead_chunk: 'fail',
        submitted_at: new Date().toISOString(),
      };
      await outbox.publishAll([{ subject: mailboxSubjects.submit(jobId), data: encode(submit), expectLastSubjectSequence: 0 }]);
      return finished;
    },
    gateway: () =>
      (gateway ??= startGateway((port) =>
        start('gateway', 'services/gateway/dist/main.js', { PORT: String(port), HOST: '127.0.0.1' }),
      )),
    gatewayWithAccounts: () =>
      (withAccounts ??= startGateway((port) =>
        start('gateway', 'services/gateway/dist/main.js', {
          PORT: String(port),
          HOST: '127.0.0.1',
          AUTH: 'on',
          MANYHANDS_LIMIT_SUBMITS: '1000000/1h',
          MANYHANDS_QUOTA_JOBS: '1000000',
        }),
      )),
    processes: () => [
      { name: 'nats-server', pid: server.pid! },
      ...children.map(({ name: of, child }) => ({ name: of, pid: child.pid! })),
    ],
    async stop() {
      await watch.stop();
      await Promise.all(children.map(({ child }) => ended(child, 'SIGTERM', 10_000)));
      await broker.close();
      await server.stop();
    },
  };
  return system;
}

async function noopJobs(system: MeasuredSystem, { chunks, jobs, atOnce, waitMs }: Jobs): Promise<JobTimes> {
  const one = async (): Promise<number> => {
    const { ms, value } = await timed(() =>
      system.run(
        waitMs === undefined ? { kind: 'noop', params: {}, chunks } : { kind: 'wait-50', params: { ms: waitMs }, chunks },
      ),
    );
    if (value.result !== chunks) throw new Error(`counted ${JSON.stringify(value.result)} of ${chunks} chunks`);
    return ms;
  };
  const { ms: totalMs, value: jobMs } = await timed(async () => {
    if (atOnce) return Promise.all(Array.from({ length: jobs }, one));
    const times: number[] = [];
    for (let job = 0; job < jobs; job += 1) times.push(await one());
    return times;
  });
  return { totalMs, jobMs };
}

/** As a user does it: with the client, over HTTP. */
async function echoList(system: MeasuredSystem, { items, bytes }: List): Promise<ListTime> {
  const client = createClient({ baseUrl: await system.gateway() });
  const text = 'x'.repeat(bytes);
  const list = Array.from({ length: items }, (_, n) => ({ n, text }));
  const { ms: totalMs, value: count } = await timed(async () => {
    let next = 0;
    for await (const { output } of client.map('echo', list)) {
      if ((output as { n?: number } | undefined)?.n !== next) throw new Error(`line ${next} is ${JSON.stringify(output)}`);
      next += 1;
    }
    return next;
  });
  if (count !== items) throw new Error(`${count} lines of ${items} items`);
  return { totalMs };
}

/** Waits until the coordinator and every worker have said that they are there. */
async function allPresent(broker: Broker, workers: number): Promise<void> {
  for (const [bucket, count] of [
    ['coordinators', 1],
    ['workers', workers],
  ] as const) {
    const present = await openBucket(broker, bucket);
    while ((await present.entries()).length < count) await new Promise((resume) => setTimeout(resume, 50));
  }
}

async function startGateway(start: (port: number) => ChildProcess): Promise<string> {
  const port = await reservedPort();
  const child = start(port);
  const origin = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${origin}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
  return origin;
}
