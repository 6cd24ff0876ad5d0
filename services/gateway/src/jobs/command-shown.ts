/**
 * Waits until a job's view shows a command that was just stored, so that a client that asks next, here or on another gateway, sees it too. Not for long: the command is
 * stored, and its coordinator may be away.
 */
import type { BucketFeed } from '../mirror/bucket-feed.ts';
import type { FeedEntry } from '../mirror/feed-entry.ts';

/** Milliseconds; a coordinator that is there shows a command within some tens. With the time it takes to store, less than the two seconds that are promised. */
const SHOWN_WITHIN_MS = 400;

export async function untilShown(
  feed: Pick<BucketFeed, 'get' | 'listenTo'>,
  key: string,
  isShown: (entry: FeedEntry) => boolean,
  withinMs = SHOWN_WITHIN_MS,
): Promise<void> {
  const known = feed.get(key);
  if (known !== undefined && isShown(known)) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      unlisten();
      resolve();
    };
    const unlisten = feed.listenTo(key, (entry) => isShown(entry) && end());
    const timer = setTimeout(end, withinMs);
  });
}
