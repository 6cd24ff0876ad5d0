/**
 * Gathers the calls that come within one turn of the event loop, by stream.
 *
 * Invariant: calls of one stream are handed on in the order they came, each once, before the loop waits for anything.
 */
import type { OutgoingMessage, PublishOutcome } from './outbox.ts';

export interface GatheredCall {
  messages: readonly OutgoingMessage[];
  resolve(outcomes: PublishOutcome[]): void;
  reject(error: unknown): void;
}

/** `publish` settles every call it is given. */
export function gathering<Stream>(publish: (stream: Stream, calls: readonly GatheredCall[]) => Promise<void>) {
  const waiting = new Map<Stream, GatheredCall[]>();

  function flush(): void {
    const gathered = [...waiting];
    waiting.clear();
    for (const [stream, calls] of gathered) void publish(stream, calls);
  }

  return (stream: Stream, messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> =>
    new Promise((resolve, reject) => {
      if (waiting.size === 0) setImmediate(flush);
      const calls = waiting.get(stream);
      const call: GatheredCall = { messages, resolve, reject };
      if (calls === undefined) waiting.set(stream, [call]);
      else calls.push(call);
    });
}

/** As many calls together as hold `messagesMax` messages; a call is never split. Pure. */
export function groupsOf(calls: readonly GatheredCall[], messagesMax: number): GatheredCall[][] {
  const groups: GatheredCall[][] = [];
  let count = Infinity;
  for (const call of calls) {
    count += call.messages.length;
    if (count > messagesMax) {
      groups.push([]);
      count = call.messages.length;
    }
    groups.at(-1)!.push(call);
  }
  return groups;
}
