/**
 * The spans of one lease that is sampled: the lease, from its delivery to its result, in it the time in a slot, and in that what the task code fetched.
 *
 * Invariant: they are recorded together when the lease is over, so that a worker that is killed leaves none of them, and no fetch without its lease.
 */
import { newSpanId, readTraceparent, traceparentOf, type Span, type TraceContext, type Tracer } from '@manyhands/observe';
import type { Delivery } from '@manyhands/nats';
import type { ComputeLease } from '@manyhands/proto';
import type { SlotOutcome } from '../slot/slot.ts';
import type { SlotTask } from '../slot/slot-messages.ts';

export class LeaseTrace {
  readonly #tracer: Pick<Tracer, 'record'>;
  readonly #context: TraceContext;
  readonly #lease: ComputeLease;
  readonly #spanId = newSpanId();
  readonly #runSpanId = newSpanId();
  readonly #startMs = Date.now();
  readonly #attributes: Span['attributes'];
  #runStartMs = 0;
  #slot: number | undefined;
  #inSlot: Span[] = [];
  #isOver = false;

  constructor(tracer: Pick<Tracer, 'record'>, context: TraceContext, lease: ComputeLease, delivery: Delivery, worker: string) {
    this.#tracer = tracer;
    this.#context = context;
    this.#lease = lease;
    const { task } = lease;
    this.#attributes = {
      'manyhands.job': lease.job_id,
      'manyhands.lease': lease.lease,
      'manyhands.kind': lease.kind,
      'manyhands.worker': worker,
      'manyhands.delivery': delivery.count,
      'manyhands.attempt': task.attempt + 1,
      'manyhands.queued_ms': Math.max(0, Math.round(this.#startMs - delivery.storedAtMs)),
      ...(task.op === 'compute' && { 'manyhands.chunks': task.end - task.begin, 'manyhands.first_chunk': task.begin }),
    };
  }

  get id(): string {
    return this.#context.traceId;
  }

  /** It is given to a slot: the task as the slot gets it. */
  begin(task: SlotTask, slot: number): SlotTask {
    this.#runStartMs = Date.now();
    this.#slot = slot;
    if (task.op !== 'compute') return task;
    return { ...task, trace: traceparentOf({ ...this.#context, spanId: this.#runSpanId }) };
  }

  ran(outcome: SlotOutcome): void {
    const { traceId } = this.#context;
    const endMs = Date.now();
    const run: Span = {
      name: this.#lease.task.op,
      kind: 'internal',
      traceId,
      spanId: this.#runSpanId,
      parentSpanId: this.#spanId,
      startMs: this.#runStartMs,
      endMs,
      attributes: { 'manyhands.outcome': outcome.is, 'manyhands.slot': this.#slot },
      ...errorOf(outcome),
    };
    const calls = (outcome.is === 'computed' && outcome.calls) || [];
    const within = (ms: number): number => Math.min(endMs, Math.max(this.#runStartMs, ms));
    this.#inSlot = [
      run,
      ...calls.map(({ method, host, status, error, spanId, startMs, endMs: callEndMs }): Span => ({
        name: `${method} ${host}`,
        kind: 'client',
        traceId,
        spanId,
        parentSpanId: this.#runSpanId,
        startMs: within(startMs),
        endMs: within(callEndMs),
        attributes: { 'http.request.method': method, 'server.address': host, 'http.response.status_code': status },
        ...(error !== undefined && { error }),
      })),
    ];
  }

  /** Only the first time: it is answered, or left to others. */
  end(how: 'answered' | 'not answered'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tracer.record(
      {
        name: `${this.#lease.task.op === 'merge' ? 'merge' : 'lease'} ${this.#lease.kind}`,
        kind: 'consumer',
        traceId: this.#context.traceId,
        spanId: this.#spanId,
        parentSpanId: this.#context.spanId,
        startMs: this.#startMs,
        endMs: Date.now(),
        attributes: { ...this.#attributes, 'manyhands.outcome': how },
      },
      ...this.#inSlot,
    );
  }
}

/** Undefined when the lease is not sampled. */
export function traceLease(
  tracer: Pick<Tracer, 'record'>,
  lease: ComputeLease,
  delivery: Delivery,
  worker: string,
): LeaseTrace | undefined {
  const context = readTraceparent(delivery.trace);
  return context?.isSampled ? new LeaseTrace(tracer, context, lease, delivery, worker) : undefined;
}

function errorOf(outcome: SlotOutcome): { error?: string } {
  if (outcome.is === 'failed') return { error: outcome.error.message };
  if (outcome.is === 'crashed') return { error: outcome.reason };
  if (outcome.is === 'overran') return { error: 'a chunk ran beyond its hard limit' };
  if (outcome.is !== 'computed' || outcome.failed.length === 0) return {};
  return { error: `${outcome.failed.length} chunks failed: ${outcome.failed[0]!.error.message}` };
}
