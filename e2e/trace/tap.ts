/**
 * Preloaded (`node --import`) into each service under trace: counts which functions run, from one SIGUSR2 to the next.
 *
 * Each thread of a process has an inspector of its own. The main thread receives the signal and passes the number of the mark on to
 * the others; every thread then writes what ran since the mark before into `TRACE_FOLDER`, as `<pid>-<thread>-<mark>.json`. At its
 * start a thread writes `<pid>-<thread>-here.json`, so that the reader knows for whom to wait.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector';
import { join } from 'node:path';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

/** How often the function of a file that ran most often ran, by the file's address. The body of a module is none. */
function mostCalls(coverage: readonly Profiler.ScriptCoverage[]): [file: string, calls: number][] {
  return coverage
    .filter(({ url }) => url.startsWith('file:') && !url.includes('/node_modules/'))
    .map(({ url, functions }): [string, number] => [
      url,
      Math.max(0, ...functions.map(({ ranges: [whole] }) => (whole!.startOffset > 0 ? whole!.count : 0))),
    ])
    .filter(([, calls]) => calls > 0);
}

const folder = process.env['TRACE_FOLDER'];
if (folder !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

  const write = (name: string, calls: readonly [string, number][]): void => {
    const path = join(folder, `${process.pid}-${threadId}-${name}.json`);
    writeFileSync(`${path}.part`, JSON.stringify(calls));
    renameSync(`${path}.part`, path);
  };
  const take = (mark: number): void =>
    session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error) throw error;
      write(String(mark), mostCalls(taken.result));
    });

  const marks = new BroadcastChannel('trace');
  marks.unref();
  if (isMainThread) {
    let mark = 0;
    process.on('SIGUSR2', () => {
      mark += 1;
      marks.postMessage(mark);
      take(mark);
    });
  } else {
    marks.onmessage = ({ data }) => take(data as number);
  }
  write('here', []);
}
