/**
 * What is known of the chunks of a job, gathered from where it is: the chunk map of its view, the heartbeats of the workers that compute it, its dead letters, and
 * the results in its mailbox. The mailbox is emptied when the job is over: from then on only the states are known, and the story of dead chunks.
 */
import { Inject, Injectable } from '@nestjs/common';
import { lastStored, storedCounts } from '@manyhands/broker';
import {
  decodeResult,
  ifReadable,
  isFinal,
  mailboxSubjects,
  parseComputeLeaseId,
  parseMailboxSubject,
  type Answer,
  type JobView,
} from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';
import { chunkRows, type Known } from './chunk-rows.ts';
import type { ChunkState, HeldLease, StoredResult } from './chunk-stories.ts';
import { DeadLetters } from './dead-letters.ts';

/** Results that are looked into for one page: each may have a partial of some hundred KB. */
const RESULTS_MAX = 100;
const tooSlow = 'The chunks could not be read in time because NATS does not answer; try again in a few seconds.';

export interface ChunkQuery {
  from: number;
  limit: number;
  state?: ChunkState | undefined;
}

@Injectable()
export class JobChunks {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
    @Inject(DeadLetters) private readonly letters: DeadLetters,
  ) {}

  /** Throws `unavailable`. */
  async read(view: JobView, query: ChunkQuery): Promise<Answer<'ChunkPage'>> {
    const bare: Known = { chunks: view.chunks, total: view.total_chunks, held: [], dead: [], results: [] };
    const { rows: outline } = chunkRows(bare, query);
    const isOver = isFinal(view.status);
    const [dead, results] = await Promise.all([
      outline.some(({ state }) => state === 'dead') ? this.#dead(view) : [],
      !isOver && outline.some(({ state }) => state === 'done') ? this.#results(view.job_id, query.from) : [],
    ]);
    const { rows, next } = chunkRows({ ...bare, held: isOver ? [] : this.#held(view.job_id), dead, results }, query);
    return { chunks: rows, coarse: view.chunks.coarse, next_cursor: next === undefined ? null : String(next) };
  }

  #held(jobId: string): HeldLease[] {
    return this.roster.live().flatMap(({ worker, leases }) =>
      leases
        .filter((lease) => lease.job_id === jobId)
        .flatMap(({ lease }) => {
          const span = parseComputeLeaseId(lease);
          return span === undefined ? [] : [{ ...span, worker }];
        }),
    );
  }

  async #dead({ tenant, job_id: jobId }: JobView): Promise<Known['dead']> {
    return this.letters.ofJob(tenant, jobId);
  }

  /** The results from a chunk on, in the order in which they were stored. */
  async #results(jobId: string, from: number): Promise<StoredResult[]> {
    const { broker } = this.link.bus();
    const subjects = await withDeadline(storedCounts(broker, 'mailbox', mailboxSubjects.result(jobId, '*')), tooSlow);
    const wanted = [...subjects.keys()]
      .map((subject) => ({ subject, span: parseComputeLeaseId(parseMailboxSubject(subject)?.id ?? '') }))
      .filter(({ span }) => span !== undefined && span.end > from)
      .sort((a, b) => a.span!.begin - b.span!.begin)
      .slice(0, RESULTS_MAX);
    const stored = await withDeadline(Promise.all(wanted.map(({ subject }) => lastStored(broker, 'mailbox', subject))), tooSlow);
    return stored
      .filter((message) => message !== undefined)
      .sort((a, b) => a.sequence - b.sequence)
      .flatMap(({ data, storedAtMs }) => {
        const result = ifReadable(() => decodeResult(data));
        return result?.type === 'LeaseComputed' ? [{ result, storedAtMs }] : [];
      });
  }
}
