/**
 * Remembers how quickly jobs went, so that the next job of the very same shape starts with leases of the right size: a small one is
 * then submit, lease, result, view, and nothing else.
 *
 * Invariant: only kind, params and chunk count together make a shape, because a chunk of another size may take a thousand times as long, and
 * a heavy job must begin with single chunks to spread. A wrong pace costs speed, never truth. Bounded; forgets what was not used longest.
 * The quickest pace is kept, and forgotten a little with each job: a busy machine or cold code make chunks look slower, and nothing makes them look quicker.
 */
import { fnv1a, type SubmitJob } from '@manyhands/proto';
import { heuristics } from './heuristics.ts';
import type { Pace } from './lease-size.ts';
import type { JobState } from '../job/state.ts';

export class PaceMemory {
  readonly #paces = new Map<string, Pace>();

  remember({ submit, status, pace }: JobState): void {
    if (status !== 'completed' || pace.msPerChunk === null) return;
    const shape = shapeOf(submit);
    const known = this.#paces.get(shape);
    this.#paces.delete(shape);
    this.#paces.set(shape, known ? quicker(known, pace) : pace);
    const [oldest] = this.#paces.keys();
    if (this.#paces.size > heuristics.shapesMax && oldest !== undefined) this.#paces.delete(oldest);
  }

  paceOf(submit: SubmitJob): Pace | undefined {
    return this.#paces.get(shapeOf(submit));
  }
}

function quicker(known: Pace, pace: Pace): Pace {
  const msPerChunk = (known.msPerChunk ?? Infinity) * heuristics.paceForgotten;
  const isQuicker = pace.sizeMax === undefined && msPerChunk < (pace.msPerChunk ?? Infinity);
  return isQuicker ? { ...known, msPerChunk } : pace;
}

function shapeOf({ kind, chunks, params }: SubmitJob): string {
  const text = JSON.stringify(params);
  return `${kind} ${chunks} ${text.length} ${fnv1a(text)}`;
}
