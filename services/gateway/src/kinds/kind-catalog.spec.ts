import { encode } from '@manyhands/proto';
import { aKindRegistration } from '@manyhands/testkit';
import { expect, test } from 'vitest';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import type { Feeds } from '../mirror/feeds.ts';
import type { WorkerRoster } from '../workers/worker-roster.ts';
import { KindCatalog } from './kind-catalog.ts';

test('the schema of a kind is compiled when it registers, and not again', () => {
  let reads = 0;
  const bytes = encode(aKindRegistration());
  const entry = {
    key: 'sum',
    revision: 1,
    gone: false,
    get value() {
      reads += 1;
      return bytes;
    },
  } as unknown as FeedEntry;
  let registered: (entry: FeedEntry) => void = () => undefined;
  const kinds = {
    listen: (listener: typeof registered) => (registered = listener),
    entries: () => [entry],
    get: () => entry,
    isCurrent: true,
  };
  const catalog = new KindCatalog({ kinds } as unknown as Feeds, { live: () => [] } as unknown as WorkerRoster);
  registered(entry);
  expect(reads).toBe(1);
  expect(catalog.list()).toHaveLength(1);
  expect(reads).toBe(1);
});
