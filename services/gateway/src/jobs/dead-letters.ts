/** Dead letters of chunks, as their tenant sees them: stored in DEAD by coordinators, listed and discarded here. One of another release is left out. */
import { Inject, Injectable } from '@nestjs/common';
import { purgeStored, readPage, storedSubjects } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import {
  DeadChunk,
  deadSubjects,
  decode,
  isManyhandsError,
  JobId,
  limits,
  parseDeadChunkSubject,
  type RequeueJob,
} from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { notFound } from '../edge/problem.ts';
import { ALL_TENANTS } from '../identity/caller.ts';
import { isChosen } from './chosen-chunks.ts';

type ListedDeadLetter = Omit<DeadChunk, 'v' | 'type' | 'tenant'> & { id: string; tenant?: string };

export interface DeadLetterPage {
  dead_letters: ListedDeadLetter[];
  next_cursor: string | null;
}

/** Letters that are removed at once. */
const PURGES_AT_ONCE = 32;
const tooSlow = 'The dead letters could not be reached in time because NATS does not answer; try again in a few seconds.';

@Injectable()
export class DeadLetters {
  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  /** Oldest first; of one job, or of all; of one tenant, or of all (`ALL_TENANTS`), and then each with its tenant. Throws `unavailable`. */
  async read(
    tenant: string,
    { limit, afterSequence, jobId }: { limit: number; afterSequence: number; jobId?: string },
  ): Promise<DeadLetterPage> {
    const { broker } = this.link.bus();
    const isOfAll = tenant === ALL_TENANTS;
    const subject = isOfAll
      ? deadSubjects.ofAllTenants(jobId)
      : jobId === undefined
        ? deadSubjects.chunksOf(tenant)
        : deadSubjects.chunksOfJob(tenant, jobId);
    const stored = await withDeadline(readPage(broker, 'dead', subject, { afterSequence, count: limit + 1 }), tooSlow);
    const page = stored.slice(0, limit);
    return {
      dead_letters: page
        .flatMap(({ data }) => readable(data))
        .map((letter) => ({ ...listed(letter), ...(isOfAll && { tenant: letter.tenant }) })),
      next_cursor: stored.length > limit ? String(page.at(-1)!.sequence) : null,
    };
  }

  /** Of one job, the oldest first, as they are stored. Throws `unavailable`. */
  async ofJob(tenant: string, jobId: string, count: number = limits.pageSizeMax): Promise<DeadChunk[]> {
    const subject = deadSubjects.chunksOfJob(tenant, jobId);
    const stored = await withDeadline(readPage(this.link.bus().broker, 'dead', subject, { afterSequence: 0, count }), tooSlow);
    return stored.flatMap(({ data }) => readable(data));
  }

  /** Throws 404 when the tenant has no such letter, `unavailable`. */
  async discard(tenant: string, id: string): Promise<void> {
    const [, jobId = '', round, chunk] = /^([0-9a-f-]{36})-(\d{1,9})-(\d{1,9})$/.exec(id) ?? [];
    if (!JobId.safeParse(jobId).success) throw notFound('Dead letter not found.');
    const subject = deadSubjects.chunk(tenant, jobId, Number(round), Number(chunk));
    const purged = await withDeadline(purgeStored(this.link.bus().broker, 'dead', subject), tooSlow);
    if (purged === 0) throw notFound('Dead letter not found.');
  }
}

/** None: of another release. */
export function readable(data: Uint8Array): DeadChunk[] {
  try {
    return [decode(DeadChunk, data)];
  } catch (error) {
    if (isManyhandsError(error, 'undecodable')) return [];
    throw error;
  }
}

/** What a letter is known by to clients. */
export function letterId({ job_id: jobId, round, begin }: Pick<DeadChunk, 'job_id' | 'round' | 'begin'>): string {
  return `${jobId}-${round}-${begin}`;
}

function listed({ v: _v, type: _type, tenant: _tenant, ...letter }: DeadChunk): ListedDeadLetter {
  return { id: letterId(letter), ...letter };
}

/** Removes those of earlier rounds: all of them, or of the chosen chunks. A requeue of some chunks has left the others of its round. */
export async function removeEarlierLetters(
  broker: Broker,
  { tenant, job_id: jobId, round, chunks: chosen }: Pick<RequeueJob, 'tenant' | 'job_id' | 'round' | 'chunks'>,
): Promise<void> {
  const { subjects } = await storedSubjects(broker, 'dead', deadSubjects.chunksOfJob(tenant, jobId));
  const earlier = subjects.flatMap((subject) => {
    const parsed = parseDeadChunkSubject(subject);
    return parsed && parsed.round < round && (!chosen || isChosen(chosen, parsed.chunk)) ? [{ subject, ...parsed }] : [];
  });
  const filters = chosen
    ? earlier.map(({ subject }) => subject)
    : [...new Set(earlier.map((letter) => deadSubjects.chunksOfRound(tenant, jobId, letter.round)))];
  for (let from = 0; from < filters.length; from += PURGES_AT_ONCE)
    await Promise.all(filters.slice(from, from + PURGES_AT_ONCE).map((filter) => purgeStored(broker, 'dead', filter)));
}
