/** The sizes of a poison run, and what is printed of it. */
import type { PoisonSize, PoisonVerdict } from './poison-run.ts';
import { POISON_PROMISES } from './promises.ts';

export const POISON: PoisonSize = {
  chunks: 1_000,
  computes: 3,
  slots: 2,
  maxAttempts: 2,
  backWithinMs: 5_000,
  endWithinMs: 15 * 60_000,
};

/** One of each ailment. A worker is given up sooner than by the service, so that the test is short; it says nothing about speed. */
export const POISON_SHORT: PoisonSize = {
  chunks: 100,
  computes: 2,
  slots: 2,
  ackWaitMs: 2_000,
  maxAttempts: 2,
  backWithinMs: 60_000,
  endWithinMs: 120_000,
};

/** Prints the figures and each promise; returns how many violations there are. */
export function tellPoison({
  violations,
  run,
  jobSeconds,
  seconds,
  redelivered,
  serverVersion,
  historyFile,
}: PoisonVerdict): number {
  const back = run.crashes.map(({ backAfterMs }) => backAfterMs ?? Infinity);
  console.log(`\npoison: ${serverVersion}, seed ${run.seed}, ${seconds} s, history ${historyFile}`);
  console.log(
    `${run.chunks} chunks in ${jobSeconds.toFixed(1)} s: ${run.view.completed_chunks} done, ${run.view.failed_chunks} given up, ${run.letters.length} dead letters, ` +
      `${run.crashes.length} workers taken down (back after ${back.length === 0 ? '–' : `${Math.min(...back)} to ${Math.max(...back)}`} ms), ${redelivered} leases answered in a later delivery`,
  );
  for (const { id, says } of POISON_PROMISES)
    console.log(`${violations.some((violation) => violation.startsWith(`${id}:`)) ? 'BROKEN' : 'held  '} ${id} ${says}`);
  for (const violation of violations.slice(0, 40)) console.log(`         ${violation}`);
  return violations.length;
}
