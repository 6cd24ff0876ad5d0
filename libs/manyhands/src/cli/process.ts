/** The command line as a process: gives it the world it runs in, and ends with its exit code. */
import { main } from './main.ts';
import { EXIT } from './exit.ts';

const interrupted = new AbortController();
const interrupt = (): void => {
  if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
  interrupted.abort();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
for (const stream of [process.stdout, process.stderr]) {
  // The program that reads it (`| head`) has seen enough.
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.completed : EXIT.failed));
}

// Nothing is left to wait for, and the command is not over: Node would end with 13 and a warning about this file.
const stuck = (): never => {
  process.stderr.write('A promise of task code is never settled: nothing is under way any more that could settle it.\n');
  process.exit(EXIT.failed);
};
process.once('beforeExit', stuck);
process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  fetch: (input, init) => fetch(input, init),
  interrupt: interrupted.signal,
  release: () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, interrupt);
  },
});
process.off('beforeExit', stuck);
