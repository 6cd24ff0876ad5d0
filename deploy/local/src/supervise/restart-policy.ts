/**
 * When a dead process starts again, and when it does not. Pure.
 *
 * The first death costs a quarter of a second, so a killed service is back before a user notices; each further one doubles the
 * wait up to ten seconds, so one that cannot start does not eat the machine. A process that lived long enough starts over.
 *
 * Invariant: what has once lived long enough is always started again. Only a process that never did is not started again: at once when its exit code states that starting again
 * cannot help, else after `deathsMax` ends of its own in a row (a kill is none).
 */
import { EXIT_WRONG_SETTINGS } from '@manyhands/proto/settings';

export interface RestartPolicy {
  firstDelayMs: number;
  delayMsMax: number;
  /** Milliseconds alive after which earlier deaths no longer count. */
  stableMs: number;
  /** Ends of its own, one after the other, of a process that was never stable. */
  deathsMax: number;
}

export const restartPolicy: RestartPolicy = { firstDelayMs: 250, delayMsMax: 10_000, stableMs: 10_000, deathsMax: 6 };

/** What is known of a process before its death. */
export interface PastDeaths {
  /** Deaths in a row. */
  deaths: number;
  /** Of these, ends of its own. */
  ownEnds: number;
  wasStable: boolean;
}

export const noDeaths: PastDeaths = { deaths: 0, ownEnds: 0, wasStable: false };

export interface Death {
  aliveMs: number;
  /** Undefined when a signal ended it, or it could not be started. */
  exitCode?: number | undefined;
}

export interface Restart {
  past: PastDeaths;
  /** It never got to work, and would not if it were started again. */
  givenUp: boolean;
  delayMs: number;
}

export function decideRestart(policy: RestartPolicy, before: PastDeaths, { aliveMs, exitCode }: Death): Restart {
  const isStable = aliveMs >= policy.stableMs;
  const isOwnEnd = exitCode !== undefined;
  const past: PastDeaths = {
    deaths: isStable ? 1 : before.deaths + 1,
    ownEnds: isOwnEnd ? (isStable ? 1 : before.ownEnds + 1) : 0,
    wasStable: before.wasStable || isStable,
  };
  const givenUp = !past.wasStable && (exitCode === EXIT_WRONG_SETTINGS || past.ownEnds >= policy.deathsMax);
  return { past, givenUp, delayMs: Math.min(policy.delayMsMax, policy.firstDelayMs * 2 ** Math.min(past.deaths - 1, 30)) };
}
