/**
 * Follows the keys of a bucket: every current entry, then each change.
 *
 * Invariant: a key that is gone is reported as gone, also when the server did not report it: because its mark was removed before this watch
 * was back from an interruption, or because the whole bucket lets keys run out without a mark. For this the watch
 * remembers which keys live: about 100 bytes a key. What it knows counts as current (`asOfMs`) only while all that is done.
 */
import { ManyhandsError } from '@manyhands/proto/errors';
import { millis } from '@nats-io/transport-node';
import type { Broker } from '../broker.ts';
import type { BucketEntry, BucketWatch, WatchListener, WatchOptions } from './bucket.ts';
import { bucketStream } from '../provision/stream-config.ts';
import type { BucketSpec } from '../stream-spec.ts';
import { openTail } from '../tail/stream-tail.ts';
import { bucketEntry, bucketSubject } from './bucket-entry.ts';
import { FreshnessCheck } from './freshness-check.ts';
import { createLiveKeys } from './live-keys.ts';

const expiryCheckMs = 2_000;
const compareAgainMs = 500;

/** Milliseconds the stream under a bucket keeps a key; 0 is forever. */
async function ageOf(broker: Broker, stream: string): Promise<number> {
  const { config } = await broker.insist(`reading how long ${stream} keeps keys`, () => broker.manager.streams.info(stream));
  return millis(config.max_age);
}

export async function watchBucket(
  broker: Broker,
  spec: BucketSpec,
  filter: string,
  on: WatchListener,
  { fromRevision, checkEveryMs }: WatchOptions,
): Promise<BucketWatch> {
  const stream = bucketStream(spec.name);
  const subjects = bucketSubject(spec.name, filter);
  const live = createLiveKeys();
  let stopped = false;
  /** Counts interruptions, and those after which it was found out what went meanwhile. */
  let interrupted = 0;
  let compared = 0;
  /** What was known at the first interruption after which that was not found out. */
  let wholeAsOfMs = -Infinity;
  const waiting = new Set<() => void>();
  let heardThrough = 0;
  let check: FreshnessCheck | undefined;
  let comparing: NodeJS.Timeout | undefined;
  // Asked of the server, because the retention may differ from the spec.
  let agedMs = await ageOf(broker, stream);

  function tellGone(keys: readonly string[], revision: number): void {
    for (const key of keys) {
      live.remove(key);
      on.entry({ key, value: undefined, revision, createdAtMs: Date.now() });
    }
  }

  /** After an interruption: what was alive and is not in the bucket any more. */
  async function compare(): Promise<void> {
    const known = live.keys();
    const { state, config } = await broker.insist(`listing ${spec.name}`, () =>
      broker.manager.streams.info(stream, { subjects_filter: subjects }),
    );
    if (stopped) return;
    agedMs = millis(config.max_age);
    const present = state.subjects ?? {};
    // One that was written after that list was made is not missing from it.
    const isMissing = (key: string): boolean =>
      present[bucketSubject(spec.name, key)] === undefined && (live.revisionOf(key) ?? Infinity) <= state.last_seq;
    tellGone(known.filter(isMissing), state.last_seq);
  }

  function compareUntilDone(interruption: number): void {
    clearTimeout(comparing);
    const what = `listing ${spec.name}`;
    compare().then(
      () => {
        broker.troubles.succeeded(what);
        compared = Math.max(compared, interruption);
        if (compared === interrupted) for (const goOn of [...waiting]) goOn();
      },
      (error: Error) => {
        broker.troubles.failed(what, error);
        on.failed?.(error);
        if (stopped || broker.connection.isClosed()) return;
        comparing = setTimeout(() => compareUntilDone(interruption), compareAgainMs);
        comparing.unref();
      },
    );
  }

  const tail = await openTail(
    broker,
    { stream, filter: subjects, lastPerSubject: true, ...(fromRevision !== undefined && { fromSequence: fromRevision }) },
    {
      message(message) {
        const entry: BucketEntry = bucketEntry(spec.name, message);
        if (entry.value === undefined) live.remove(entry.key);
        else live.add(entry.key, entry.createdAtMs, entry.revision);
        on.entry(entry);
        heardThrough = message.sequence;
        check?.heard(message.sequence);
      },
      interrupted() {
        if (compared === interrupted) wholeAsOfMs = check?.asOfMs ?? -Infinity;
        interrupted += 1;
      },
      current(again) {
        if (again) compareUntilDone(interrupted);
        else on.current?.();
      },
      ...(on.failed && { failed: on.failed }),
    },
  );
  if (checkEveryMs !== undefined) {
    check = new FreshnessCheck(broker, {
      stream,
      filter: subjects,
      everyMs: checkEveryMs,
      startOver: () => tail.startOver(),
      anew() {
        for (const key of live.keys()) live.remove(key);
        on.anew?.();
        tail.startOver(true);
      },
    });
    check.heard(heardThrough);
  }
  const expiry =
    spec.ttlMs === 0 || spec.markerTtlMs > 0
      ? undefined
      : setInterval(() => {
          // By the server's clock, where it is known: keys carry the times of that.
          const nowMs = check?.serverNowMs ?? Date.now();
          if (agedMs > 0) for (const { key, revision } of live.olderThan(nowMs - agedMs)) tellGone([key], revision);
        }, expiryCheckMs);
  expiry?.unref();
  return {
    get asOfMs() {
      return compared === interrupted ? (check?.asOfMs ?? -Infinity) : wholeAsOfMs;
    },
    get serverNowMs() {
      return check?.serverNowMs ?? Date.now();
    },
    get trouble() {
      return (
        check?.trouble ?? (compared === interrupted ? undefined : 'what was removed during an interruption is not known yet')
      );
    },
    led: (agoMs, withinMs) => demandCheck().led(agoMs, withinMs),
    async confirm(withinMs) {
      const deadlineMs = performance.now() + withinMs;
      await demandCheck().confirm(withinMs);
      if (compared < interrupted) await comparedBy(deadlineMs);
      if (compared < interrupted)
        throw new ManyhandsError(
          'unavailable',
          `what was removed from ${spec.name} during an interruption could not be read in time`,
        );
    },
    async stop() {
      stopped = true;
      clearInterval(expiry);
      clearTimeout(comparing);
      check?.stop();
      await tail.stop();
    },
  };

  function demandCheck(): FreshnessCheck {
    if (check === undefined) throw new Error(`the watch of ${spec.name} does not check how old it is: give it checkEveryMs`);
    return check;
  }

  function comparedBy(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        clearTimeout(timer);
        waiting.delete(goOn);
        resolve();
      };
      const timer = setTimeout(goOn, Math.max(0, deadlineMs - performance.now()));
      waiting.add(goOn);
    });
  }
}
