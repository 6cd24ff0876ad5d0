/**
 * Decides when an activation is worth a snapshot.
 *
 * A snapshot only shortens the replay of a later owner, since the mailbox is the journal. So it is due when the replay would
 * be long (many turns, many bytes) or when the state has been unsaved for a while; a job that finishes before costs none.
 */
export interface SnapshotLimits {
  turnsMax: number;
  bytesMax: number;
  dirtyMsMax: number;
}

/** What happened since the last snapshot. */
export interface SinceSnapshot {
  turns: number;
  /** Bytes of the messages of these turns in the journal. */
  bytes: number;
  /** Time of the first of these turns, milliseconds since the epoch. */
  dirtySinceMs: number;
}

export function snapshotDue(since: SinceSnapshot, nowMs: number, limits: SnapshotLimits): boolean {
  if (since.turns === 0) return false;
  return since.turns >= limits.turnsMax || since.bytes >= limits.bytesMax || nowMs - since.dirtySinceMs >= limits.dirtyMsMax;
}
