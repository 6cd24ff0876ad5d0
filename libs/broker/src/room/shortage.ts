/** Decides whether new jobs still have room, from how full the streams they will need are. Pure. */
import { ROOM_SHARE } from '@manyhands/proto';

/** Of a stream or bucket that jobs cannot do without. */
export interface Level {
  what: RoomKey;
  bytes: number;
  /** -1: no limit. */
  maxBytes: number;
}

export type RoomKey = 'mailbox' | 'work' | 'timers' | 'jobs' | 'jobState';

const settings = 'To hold more, raise MANYHANDS_STORAGE_GB';

/** What each is called, and how it gets room again. */
const places: Readonly<Record<RoomKey, { name: string; relief: string }>> = {
  mailbox: { name: 'stream MAILBOX', relief: `Jobs that end make room. ${settings}.` },
  work: { name: 'stream WORK', relief: `Leases that are computed make room: start more workers. ${settings}.` },
  timers: { name: 'stream TIMERS', relief: `Jobs that end make room. ${settings}.` },
  jobs: {
    name: 'bucket jobs',
    relief: `Finished jobs make room when their retention is over. ${settings} or lower MANYHANDS_RETENTION_HOURS.`,
  },
  jobState: {
    name: 'bucket job_state',
    relief: `Failed jobs make room when they are requeued or their retention is over. ${settings} or lower MANYHANDS_RETENTION_HOURS.`,
  },
};

/** A sentence about the fullest that has no room for new jobs; undefined when all have. `coming`: bytes that accepted jobs are about to add. */
export function shortageOf(levels: readonly Level[], coming: Partial<Record<RoomKey, number>> = {}): string | undefined {
  const filled = levels
    .filter(({ maxBytes }) => maxBytes > 0)
    .map(({ what, bytes, maxBytes }) => ({ what, bytes, maxBytes, share: (bytes + (coming[what] ?? 0)) / maxBytes }))
    .sort((a, b) => b.share - a.share);
  const [fullest] = filled;
  if (fullest === undefined || fullest.share <= ROOM_SHARE) return undefined;
  const { name, relief } = places[fullest.what];
  return `${name} holds ${megabytes(fullest.bytes)} of ${megabytes(fullest.maxBytes)} MB, and the rest is kept for jobs accepted before. ${relief}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0);
}
