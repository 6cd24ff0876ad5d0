/** A gateway, as far as it matters here: stores commands, and says so only when they are stored. What it may ask of a job it reads in its view. */
import { createOutbox, lastStored, openBucket, purgeStored } from '@manyhands/broker';
import type { OutgoingMessage } from '@manyhands/nats';
import {
  deadSubjects,
  decode,
  encode,
  isFinal,
  isManyhandsError,
  keys,
  mailboxSubjects,
  RequeueJob,
  type CancelJob,
  type ChosenChunks,
  type JobView,
  type PauseJob,
  type ResumeJob,
  type SubmitJob,
} from '@manyhands/proto';
import { KIND } from '../broker/simulated-broker.ts';
import { GIBBERISH } from '../garbage.ts';
import type { SimulatedJob } from '../scenario.ts';
import { SimulatedProcess } from './simulated-process.ts';

const TENANT = 'local';
const requested_at = '2026-01-01T00:00:00.000Z';

export class GatewayProcess extends SimulatedProcess {
  /** Commands that are not answered yet. */
  pending = 0;

  /** Resolves when the job is accepted. */
  async submit({ id, chunks, policy, kept }: SimulatedJob): Promise<void> {
    const submit: SubmitJob = {
      v: 1,
      type: 'SubmitJob',
      job_id: id,
      tenant: TENANT,
      kind: KIND,
      params: { job: id },
      chunks,
      lane: 'normal',
      on_dead_chunk: policy,
      submitted_at: requested_at,
      ...(kept && { output: kept.output, ...(kept.finish && { finish: true }) }),
    };
    await this.#store({ subject: mailboxSubjects.submit(id), data: encode(submit), expectLastSubjectSequence: 0 });
  }

  async cancel({ id }: SimulatedJob): Promise<void> {
    const view = await this.#view(id);
    if (view !== undefined && isFinal(view.status)) return;
    const cancel: CancelJob = { v: 1, type: 'CancelJob', job_id: id, tenant: TENANT, requested_at };
    await this.#store({ subject: mailboxSubjects.cancel(id, view?.round), data: encode(cancel), expectLastSubjectSequence: 0 });
  }

  async pause({ id }: SimulatedJob): Promise<void> {
    const pause: PauseJob = { v: 1, type: 'PauseJob', job_id: id, tenant: TENANT, requested_at };
    await this.#store({ subject: mailboxSubjects.pause(id), data: encode(pause) });
  }

  async resume({ id }: SimulatedJob): Promise<void> {
    const resume: ResumeJob = { v: 1, type: 'ResumeJob', job_id: id, tenant: TENANT, requested_at };
    await this.#store({ subject: mailboxSubjects.resume(id), data: encode(resume) });
  }

  /** Does nothing where the gateway would answer that there is nothing to run again. */
  async requeue({ id }: SimulatedJob): Promise<void> {
    const view = await this.#view(id);
    if (view === undefined || view.status === 'cancelled' || (view.failed_chunks === 0 && view.status !== 'failed')) return;
    const round = (view.round ?? 0) + 1;
    const chunks = chosenOf(view);
    const requeue: RequeueJob = {
      v: 1,
      type: 'RequeueJob',
      job_id: id,
      tenant: TENANT,
      round,
      ...(chunks && { chunks }),
      requested_at,
    };
    const subject = mailboxSubjects.requeue(id, round);
    await this.#store({ subject, data: encode(requeue), expectLastSubjectSequence: 0 });
    const stored = await this.#insist(() => lastStored(this.client, 'mailbox', subject));
    const counts = stored === undefined ? chunks : decode(RequeueJob, stored.data).chunks;
    if (JSON.stringify(counts) !== JSON.stringify(chunks)) return;
    const letters =
      chunks === undefined
        ? [deadSubjects.chunksOfRound(TENANT, id, round - 1)]
        : chunks.flatMap(([begin, end]) => lettersOf(id, round, begin, end));
    for (const letter of letters) await this.#insist(() => purgeStored(this.client, 'dead', letter));
  }

  /** What no release can read. */
  async garble({ id }: SimulatedJob): Promise<void> {
    await this.#store({ subject: mailboxSubjects.pause(id), data: new TextEncoder().encode(GIBBERISH) });
  }

  async #view(id: string): Promise<JobView | undefined> {
    const jobs = await openBucket(this.client, 'jobs');
    const entry = await this.#insist(() => jobs.get(keys.job(TENANT, id)));
    const text = entry?.value === undefined ? undefined : new TextDecoder().decode(entry.value);
    return text === undefined || text === GIBBERISH ? undefined : (JSON.parse(text) as JobView);
  }

  async #store(message: OutgoingMessage): Promise<void> {
    const outbox = createOutbox(this.client);
    await this.#insist(() => outbox.publishAll([message]));
  }

  /** As a client does that gets 503. */
  async #insist<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    this.pending += 1;
    try {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (!isManyhandsError(error, 'unavailable')) throw error;
        }
      }
    } finally {
      this.pending -= 1;
    }
  }
}

/** Of a job that goes on without some of its chunks, every other time: half of the dead. */
function chosenOf({ round = 0, on_dead_chunk: policy, chunks: { coarse, failed } }: JobView): ChosenChunks | undefined {
  const [first] = failed;
  if (round % 2 !== 0 || policy !== 'continue' || coarse || first === undefined) return undefined;
  const half = failed.slice(0, Math.floor(failed.length / 2));
  if (half.length > 0) return half;
  return first[1] - first[0] > 1 ? [[first[0], first[0] + 1]] : undefined;
}

/** Of the rounds before `round`, each of which may have left some. */
function lettersOf(id: string, round: number, begin: number, end: number): string[] {
  const subjects: string[] = [];
  for (let chunk = begin; chunk < end; chunk += 1)
    for (let before = 0; before < round; before += 1) subjects.push(deadSubjects.chunk(TENANT, id, before, chunk));
  return subjects;
}
