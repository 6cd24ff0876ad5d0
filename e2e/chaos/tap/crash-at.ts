/**
 * Preloaded (`node --import`): with `CRASH_AT=after-result` in its environment a process ends by SIGKILL the first time it passes that
 * point; with `FREEZE_AT=before-lease-removal,after-view` it stops (SIGSTOP) at the first of these points it passes, and once somebody has woken it
 * (SIGCONT) at the next. A name that is none fails at boot. Without either nothing is changed.
 */
import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';
import { lastWords, passes, readCrashPoint, wordsBeforeSleep } from './crash-points.ts';
import { watchOutgoing, type Outgoing } from './outgoing.ts';

const { CRASH_AT: name, FREEZE_AT: names } = process.env;
if (isMainThread && name !== undefined) dieAt(name);
if (isMainThread && names !== undefined) freezeAt(names.split(','));

function dieAt(point: string): void {
  const { when, step } = readCrashPoint(point);
  const die = (now: 'before' | 'after'): void => {
    if (now !== when) return;
    writeSync(process.stderr.fd, `${lastWords(point)}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  if (step.sql === undefined) {
    watchOutgoing({ wants: (outgoing) => passes(step, outgoing), leaving: () => die('before'), arrived: () => die('after') });
    return;
  }
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql !== step.sql) return exec.call(this, sql);
    die('before');
    exec.call(this, sql);
    die('after');
  };
}

function freezeAt(points: readonly string[]): void {
  const ahead = points.map((point) => ({ point, ...readCrashPoint(point) }));
  const freeze = (now: 'before' | 'after', outgoing: Outgoing): void => {
    const next = ahead[0];
    if (next === undefined || next.when !== now || !passes(next.step, outgoing)) return;
    ahead.shift();
    writeSync(process.stderr.fd, `${wordsBeforeSleep(next.point)}\n`);
    process.kill(process.pid, 'SIGSTOP');
  };
  watchOutgoing({
    wants: (outgoing) => ahead[0] !== undefined && passes(ahead[0].step, outgoing),
    leaving: (outgoing) => freeze('before', outgoing),
    arrived: (outgoing) => freeze('after', outgoing),
  });
}
