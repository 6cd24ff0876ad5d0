/** Which nats-server is new enough: 2.15 is the first whose `sync_interval: always` also holds while blocks are compacted. */
export const REQUIRED_VERSION = '2.15';
/** The version built with Go when the machine has none that is new enough and none can be downloaded. */
export const PINNED_VERSION = '2.15.2';

/** Finds `2.15.2` in `nats-server: v2.15.2` and the like; undefined when there is no version in the text. */
export function findVersion(text: string): string | undefined {
  return /(?<!\d)\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?/.exec(text)?.[0];
}

export function isNewEnough(version: string, required = REQUIRED_VERSION): boolean {
  const have = numbersOf(version);
  const need = numbersOf(required);
  for (const [index, wanted] of need.entries()) {
    const had = have[index] ?? 0;
    if (had !== wanted) return had > wanted;
  }
  return true;
}

function numbersOf(version: string): number[] {
  return (version.split('-')[0] ?? '').split('.').map(Number);
}
