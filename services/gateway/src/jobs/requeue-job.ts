/**
 * Asks a job's coordinator to run its dead chunks again: stores `RequeueJob` in its mailbox, once per round, and clears the dead letters
 * of the chunks that run again.
 *
 * Invariant: what was asked is seen by every later read and command, here and on other gateways: they look for the stored requeue (`JobViews`), and
 * clients that follow the job here receive it at once.
 */
import { Inject, Injectable } from '@nestjs/common';
import { lastStored, purgeStored } from '@manyhands/broker';
import {
  deadSubjects,
  decode,
  encode,
  JobId,
  keys,
  mailboxSubjects,
  RequeueJob,
  type ChosenChunks,
  type JobStatus,
  type JobView,
} from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { conflict, jobNotFound, notFound, type Problem } from '../edge/problem.ts';
import { Quotas } from '../limits/quotas.ts';
import { Feeds } from '../mirror/feeds.ts';
import { digestOf, isLast } from '../mirror/job-digest.ts';
import { JobViews, requeuedEntry } from '../mirror/job-views.ts';
import { refusalOf } from './chosen-chunks.ts';
import { removeEarlierLetters } from './dead-letters.ts';
import { requeueRefusal } from './requeue-plan.ts';

const underWay = 'The job is being requeued already; ask again in a few seconds, when that has begun.';

export interface RequeuedJob {
  job_id: string;
  status: JobStatus;
  round: number;
}

@Injectable()
export class JobRequeueing {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(Quotas) private readonly quotas: Quotas,
  ) {}

  /**
   * `chosen`: of the dead chunks; all unless given. Returns once the command is durable. Throws 404, 409, `unavailable`; 429 and 413 where a job that was over
   * would be one too many under way.
   */
  async requeue(tenant: string, jobId: string, chosen?: ChosenChunks): Promise<RequeuedJob> {
    const now = await this.views.load(tenant, jobId);
    const digest = now && digestOf(now);
    if (!digest) throw await this.#goneOrNeverThere(tenant, jobId);
    // Asked for already, and not taken up yet.
    if (now.ahead > 0 && chosen) throw conflict(underWay);
    if (now.ahead > 0) return { job_id: jobId, status: digest.status, round: now.ahead };
    const whole = requeueRefusal(digest);
    if (whole !== undefined) throw conflict(whole);
    const part = chosen && now.value && refusalOf(JSON.parse(Buffer.from(now.value).toString()) as JobView, chosen);
    if (part) throw conflict(part.all ? `${part.detail} Requeue all of them: leave \`chunks\` out.` : part.detail);
    const round = (digest.round ?? 0) + 1;
    if (!isLast(now) && (await this.views.isBeingCancelled(jobId, round - 1)))
      throw conflict('The job is being cancelled; a cancelled job is not run again. Submit it as a new job.');
    const room = this.quotas.room(tenant);
    if (isLast(now)) room.demand({ job_id: jobId, chunks: digest.chunks ?? 0 });
    try {
      await withDeadline(
        this.#store(tenant, jobId, round, chosen),
        'The command could not be stored in time because NATS does not answer; try again in a few seconds, repeating is safe.',
      );
      if (isLast(now)) this.feeds.jobs.offerAhead(requeuedEntry(now, round, chosen));
    } finally {
      room.leave();
    }
    return { job_id: jobId, status: digest.status === 'paused' ? 'paused' : 'running', round };
  }

  /** A dead letter may have led here, whose job is not kept any more: it goes too. */
  async #goneOrNeverThere(tenant: string, jobId: string): Promise<Problem> {
    if (!JobId.safeParse(jobId).success) return jobNotFound();
    const purged = await withDeadline(
      purgeStored(this.link.bus().broker, 'dead', deadSubjects.chunksOfJob(tenant, jobId)),
      'The job could not be read in time because NATS does not answer; try again in a few seconds.',
    );
    return purged === 0
      ? jobNotFound()
      : notFound(
          'The job is gone, and cannot be run again: jobs are kept for a limited time. Its dead letters were removed with it. Submit it as a new job.',
        );
  }

  async #store(tenant: string, jobId: string, round: number, chosen?: ChosenChunks): Promise<void> {
    const { broker, outbox, jobState } = this.link.bus();
    // What it computed is in its state, or, of a job that is not over, in its mailbox.
    const [state, submitted] = await Promise.all([
      jobState.get(keys.jobState(jobId)),
      lastStored(broker, 'mailbox', mailboxSubjects.submit(jobId)),
    ]);
    if (!state && !submitted)
      throw conflict('The job is too old to be run again: what it computed is not kept any more. Submit it as a new job.');
    const command: RequeueJob = {
      v: 1,
      type: 'RequeueJob',
      job_id: jobId,
      tenant,
      round,
      ...(chosen && { chunks: chosen }),
      requested_at: new Date().toISOString(),
    };
    const subject = mailboxSubjects.requeue(jobId, round);
    const data = encode(command);
    await outbox.publishAll([{ subject, data, expectLastSubjectSequence: 0 }]);
    // Of two for one round the first counts, and the letters of its chunks go.
    const stored = await lastStored(broker, 'mailbox', subject);
    if (stored && !(chosen ? Buffer.compare(stored.data, data) === 0 : runsAll(stored.data))) throw conflict(underWay);
    if (chosen === undefined) await purgeStored(broker, 'dead', deadSubjects.chunksOfRound(tenant, jobId, round - 1));
    if (chosen !== undefined || round > 1) await removeEarlierLetters(broker, command);
  }
}

function runsAll(command: Uint8Array): boolean {
  return decode(RequeueJob, command).chunks === undefined;
}
