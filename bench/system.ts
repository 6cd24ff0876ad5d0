/**
 * The system under measurement: a real nats-server, one coordinator and worker processes of their own, and a client that hands jobs in the
 * way the gateway does (stored, acknowledged) and watches their views.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createOutbox, openBroker, openBucket, provision, type Broker } from '@manyhands/jetstream';
import { encode, isFinal, keys, LOCAL_TENANT, mailboxSubjects, newJobId, type JobView, type SubmitJob } from '@manyhands/proto';
import { startNatsServer } from '@manyhands/testkit';

/** `always`: flushed before each acknowledgement, the default of the product. `1s`: flushed once a second, as Redis `everysec`. */
export type Durability = 'always' | '1s';

export interface MeasuredSystem {
  readonly broker: Broker;
  /** Hands a job in; resolves with its final view. */
  run(job: { kind: string; params: SubmitJob['params']; chunks: number }): Promise<JobView>;
  /** Resident megabytes of the coordinator now. */
  coordinatorMb(): number;
  stop(): Promise<void>;
}

const root = resolve(import.meta.dirname, '..');

export async function startMeasuredSystem(durability: Durability, workers: number, slots: number): Promise<MeasuredSystem> {
  const server = await startNatsServer({ syncInterval: durability });
  const env = { ...process.env, NATS_URL: server.url, MANYHANDS_LOG_LEVEL: 'error', MANYHANDS_SLOTS: String(slots) };
  const start = (script: string): ChildProcess => spawn(process.execPath, [script], { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const broker = await openBroker({ url: server.url, name: 'bench' });
  await provision(broker);
  const coordinator = start('services/coordinator/dist/main.js');
  const children = [coordinator, ...Array.from({ length: workers }, () => start('bench/worker.ts'))];

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

  return {
    broker,
    async run({ kind, params, chunks }) {
      const jobId = newJobId();
      const finished = new Promise<JobView>((done) => waiting.set(keys.job(LOCAL_TENANT, jobId), done));
      const submit: SubmitJob = {
        v: 1, type: 'SubmitJob', job_id: jobId, tenant: LOCAL_TENANT, kind, params, chunks,
        lane: 'normal', on_dead_chunk: 'fail', submitted_at: new Date().toISOString(),
      };
      await outbox.publishAll([{ subject: mailboxSubjects.submit(jobId), data: encode(submit), messageId: jobId, expectLastSubjectSequence: 0 }]);
      return finished;
    },
    coordinatorMb: () => residentMb(coordinator.pid!),
    async stop() {
      await watch.stop();
      for (const child of children) child.kill('SIGTERM');
      await Promise.all(children.map((child) => (child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined)));
      await broker.close();
      await server.stop();
    },
  };
}

/** Waits until the coordinator and every worker have said that they are there. */
async function allPresent(broker: Broker, workers: number): Promise<void> {
  for (const [bucket, count] of [['coordinators', 1], ['workers', workers]] as const) {
    const present = await openBucket(broker, bucket);
    while ((await present.entries()).length < count) await new Promise((resume) => setTimeout(resume, 50));
  }
}

function residentMb(pid: number): number {
  const status = process.getBuiltinModule('node:fs').readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
