/**
 * When a dead process starts again. Pure.
 *
 * The first death costs a quarter of a second, so a killed service is back before anybody notices; each further one doubles the
 * wait up to ten seconds, so one that cannot start does not eat the machine. A process that lived long enough starts over.
 */
export interface RestartPolicy {
  firstDelayMs: number;
  delayMsMax: number;
  /** Milliseconds alive after which earlier deaths no longer count. */
  stableMs: number;
}

export const restartPolicy: RestartPolicy = { firstDelayMs: 250, delayMsMax: 10_000, stableMs: 10_000 };

export interface Restart {
  /** Deaths in a row, this one included. */
  deaths: number;
  delayMs: number;
}

/** `deathsBefore` is the `deaths` of the last decision, 0 at first. */
export function decideRestart(policy: RestartPolicy, deathsBefore: number, aliveMs: number): Restart {
  const deaths = aliveMs >= policy.stableMs ? 1 : deathsBefore + 1;
  return { deaths, delayMs: Math.min(policy.delayMsMax, policy.firstDelayMs * 2 ** Math.min(deaths - 1, 30)) };
}
