/** Reads the newest letters of a filter, however many there are, for a cost that is bounded. */
import { lastSequenceOf, readPage } from '@manyhands/broker';
import type { Broker, StoredMessage } from '@manyhands/nats';

interface Newest {
  /** Oldest first. */
  stored: StoredMessage[];
  /** Whether these are all there are. */
  complete: boolean;
}

/** Starts that are tried, each for at most as many letters as are wanted. One does where no other tenant has letters and few were removed. */
const TRIES_MAX = 12;

/**
 * All of them, or, where there are more than `most`, the newest: at least half as many.
 *
 * The server reads forwards alone, so a start is looked for: from it on there must be enough letters, and no more than wanted. From `most` sequences before
 * the end there cannot be more; where there are too few the next start is four times as far back, or in the middle between too few and too many.
 */
export async function newestLetters(broker: Broker, subject: string, most: number): Promise<Newest> {
  const all = await readPage(broker, 'dead', subject, { afterSequence: 0, count: most + 1 });
  if (all.length <= most) return { stored: all, complete: true };
  const end = (await lastSequenceOf(broker, 'dead')) + 1;
  let newest: StoredMessage[] = [];
  let [tooFew, tooMany] = [end, 1];
  for (let tries = 0, from = end - most; tries < TRIES_MAX && newest.length < most / 2 && tooFew - tooMany > 1; tries += 1) {
    const page = await readPage(broker, 'dead', subject, { afterSequence: from - 1, count: most + 1 });
    if (page.length > most) tooMany = from;
    else [tooFew, newest] = [from, page];
    const further = end - 4 * (end - tooFew);
    from = further > tooMany ? further : Math.floor((tooFew + tooMany) / 2);
  }
  return { stored: newest, complete: false };
}
