/**
 * Preloaded (`node --import`): with `CRASH_AT=after-result` in its environment a process ends by SIGKILL the first time it passes that
 * point. A name that is none fails at boot. Without `CRASH_AT` nothing is changed.
 */
import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';
import { lastWords, passes, readCrashPoint } from './crash-points.ts';
import { watchOutgoing } from './outgoing.ts';

const name = process.env['CRASH_AT'];
if (isMainThread && name !== undefined) dieAt(name);

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
