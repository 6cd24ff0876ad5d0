/**
 * The copy of a lease that a worker stores again when it hands it over in good order. Pure.
 *
 * The broker counts how often it handed a message out, whatever came of it: a worker that was ordered to stop counts like one that died. A copy starts from 1
 * there, and states itself how many deliveries before it had no answer. So an orderly hand-over never counts against a chunk, and a death always does.
 *
 * Invariant: but for that number not a byte changes, because partials and parameters are not ours to rebuild.
 */
const said = /,"unanswered":\d+\}$/;

export function movedLease(data: Uint8Array, unanswered: number): Uint8Array {
  const text = new TextDecoder().decode(data).trimEnd();
  return new TextEncoder().encode(`${text.replace(said, '}').slice(0, -1)},"unanswered":${unanswered}}`);
}
