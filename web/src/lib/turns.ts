/**
 * Work that may wait a moment, each piece in a task of its own: between two of them the browser answers its user and draws. Pieces come in the order in which
 * they were asked for.
 *
 * Rejected: `setTimeout`, which a tab in the background may get once a second; `requestIdleCallback`, which Safari has not; and `scheduler.yield`, which some
 * browsers in use do not have either.
 */
const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Returns how to take the piece back, as long as its turn has not come. */
export function inTurn(piece: () => void): () => void {
  waiting.push(piece);
  if (waiting.length === 1) next();
  return () => {
    const at = waiting.indexOf(piece);
    if (at >= 0) waiting.splice(at, 1);
  };
}

function next(): void {
  channel ??= opened();
  channel.port2.postMessage(null);
}

function opened(): MessageChannel {
  const made = new MessageChannel();
  made.port1.onmessage = () => {
    const piece = waiting.shift();
    // Before the piece, so that one that throws does not hold up the others.
    if (waiting.length > 0) next();
    piece?.();
  };
  return made;
}
