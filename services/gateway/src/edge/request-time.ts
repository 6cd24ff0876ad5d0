/**
 * Bounds how long a request may take to arrive with its body. Node's own bound (`requestTimeout`) is one for all requests; an upload takes as long as it is large, so
 * its route ends the waiting with `takesItsTime`, and looks for silence instead.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

const waiting = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Calls `late` when the body has not arrived completely by then, whether or not its answer has been sent. */
export function expectWithin(request: IncomingMessage, answer: ServerResponse, withinMs: number, late: () => void): void {
  if (request.headers['transfer-encoding'] === undefined && !(Number(request.headers['content-length']) > 0)) return;
  const timer = setTimeout(() => request.complete || late(), withinMs).unref();
  waiting.set(request, timer);
  answer.once('close', () => request.complete && clearTimeout(timer));
}

/** The route of a request bounds it by itself. */
export function takesItsTime(request: IncomingMessage): void {
  clearTimeout(waiting.get(request));
}
