/**
 * Step submit: stores a job in its mailbox.
 *
 * Invariant: it returns only after `SubmitJob` is durable in stream MAILBOX, under a subject that was empty before. Where the
 * server does not answer in time it may or may not be stored; the refusal then names the job, so that the client does not have to guess.
 *
 * Reads the kinds; publishes `SubmitJob`; throws the refusals of `readEnvelope` and `checkParams`, 400 for an unknown kind, 403 for code of an account that is not trusted, 503.
 */
import { Inject, Injectable } from '@nestjs/common';
import {
  encode,
  isManyhandsError,
  keys,
  mailboxSubjects,
  newJobId,
  pendingView,
  WEBHOOK,
  type SubmitJob,
} from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { Storage } from '../bus/storage.ts';
import { badRequest, unavailable } from '../edge/problem.ts';
import { JobInputs } from '../inputs/job-inputs.ts';
import { KindCatalog } from '../kinds/kind-catalog.ts';
import { Feeds } from '../mirror/feeds.ts';
import { presentTrace } from '../edge/request-trace.ts';
import { SandboxTrust } from './sandbox-trust.ts';
import { readEnvelope } from './job-envelope.ts';
import { limitsOf } from './job-limits.ts';
import { checkParams } from '../kinds/params-check.ts';

const NO_WEBHOOKS = `"notify" needs a worker that computes the kind ${WEBHOOK.kind}, and none is known: start one with the kinds that come with Manyhands (MANYHANDS_KIND_MODULES=builtin), or leave it out.`;
/** Seconds after which trying again makes sense when there is no room. */
const FULL_RETRY_SEC = 10;

@Injectable()
export class JobSubmission {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(KindCatalog) private readonly kinds: KindCatalog,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(JobInputs) private readonly inputs: JobInputs,
    @Inject(SandboxTrust) private readonly trust: SandboxTrust,
  ) {}

  /** Checks a request body and states what it asks for; stores nothing but a copy of what another job left, when that is to be its input. */
  async commandOf(tenant: string, body: unknown): Promise<SubmitJob> {
    const request = readEnvelope(body);
    const kind = this.kinds.demand(request.kind);
    const { registration, check } = kind;
    const confined = registration.sandboxed === true && (await this.trust.isConfined(tenant, registration.kind));
    checkParams(check, request.params, request.bare);
    if (request.bounds.notify && !this.kinds.list().some(({ kind: known }) => known === WEBHOOK.kind))
      throw badRequest(NO_WEBHOOKS);
    const use = await this.inputs.useFor(tenant, kind, request.source, request.chunks);
    const { output, empty, finish, concurrency } = registration;
    return {
      v: 1,
      type: 'SubmitJob',
      job_id: newJobId(),
      tenant,
      // Of a task's versions the one meant now: its jobs are computed by it to their end.
      kind: registration.kind,
      params: request.params as SubmitJob['params'],
      chunks: use?.chunks ?? request.chunks ?? registration.default_chunks,
      lane: request.lane,
      on_dead_chunk: request.onDeadChunk ?? (output === 'lines' ? 'continue' : 'fail'),
      ...limitsOf(request.asked, registration.defaults),
      ...(use && { input: use.input }),
      ...(output && { output }),
      ...(concurrency !== undefined && { concurrency }),
      ...(empty !== undefined && { empty }),
      ...(finish && { finish }),
      ...(confined && { confined }),
      ...request.bounds,
      submitted_at: new Date().toISOString(),
    };
  }

  /**
   * Stores a job, if there is room for all it will need. Repeating it with the same command changes nothing; `again`, long after it, the job may be over and its mailbox
   * empty, so that only its view states that it was had.
   */
  async store(command: SubmitJob, again = false): Promise<void> {
    const { outbox, room, buckets } = this.link.bus();
    const key = keys.job(command.tenant, command.job_id);
    if (again && (await withDeadline(buckets.jobs.get(key), () => unavailable(this.storage.whyLate(), 3))) !== undefined) return;
    const trace = presentTrace();
    if (trace) trace.jobId = command.job_id;
    const traceparent = trace && { trace: trace.traceparent };
    const data = encode({ ...command, ...traceparent });
    const shortage = await room.shortage(data.length);
    if (shortage !== undefined)
      throw unavailable(`The job was not stored because the system is full: ${shortage}`, FULL_RETRY_SEC);
    const stored = outbox.publishAll([
      { subject: mailboxSubjects.submit(command.job_id), data, expectLastSubjectSequence: 0, ...traceparent },
    ]);
    const unsure = `The job may or may not be stored: read GET /v1/jobs/${command.job_id} in a few seconds, before you send it again.`;
    try {
      await withDeadline(stored, () => unavailable(`${this.storage.whyLate()} ${unsure}`, 3));
    } catch (error) {
      if (isManyhandsError(error, 'unavailable'))
        throw unavailable(
          `The job was not stored because the system is full (${error.message}); try again later.`,
          FULL_RETRY_SEC,
        );
      throw error;
    }
    this.feeds.jobs.offer(key, encode(pendingView(command)));
  }
}
