/** Decides from a version text whether a nats-server is new enough. */

/** What the system relies on and older servers lack: one sync per atomic batch, `sync always` honoured on compaction. */
export const OLDEST_SERVER = '2.15.0';

/** A pre-release counts as its release. */
export function isNewEnough(version: string, oldest: string = OLDEST_SERVER): boolean {
  const [have, need] = [numbersOf(version), numbersOf(oldest)];
  if (have === undefined || need === undefined) return false;
  for (const [index, needed] of need.entries()) {
    const given = have[index] ?? 0;
    if (given !== needed) return given > needed;
  }
  return true;
}

function numbersOf(version: string): number[] | undefined {
  return /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
}
