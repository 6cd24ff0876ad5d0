/** What code that broke out of its interpreter would try: each probe states what came of it. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { defineTask } from '@manyhands/worker/task';

interface Probe {
  /** A file outside. */
  secret: string;
  /** Where nothing may be written. */
  written: string;
  /** Of a server on the loopback address. */
  port: number;
  /** Outside the sandbox. */
  pid: number;
}

const tried = (work: () => unknown): string => {
  try {
    return `got ${String(work())}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).name;
  }
};

export const probing = defineTask<Probe, number, Record<string, unknown>>({
  name: 'probing',
  params: { type: 'object' },
  sandboxed: true,
  async compute(_, { params: { secret, written, port, pid } }) {
    const reached = await new Promise<string>((resolve) => {
      try {
        const socket = connect(port, '127.0.0.1', () => resolve('got there'));
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
      } catch (error) {
        resolve((error as NodeJS.ErrnoException).code ?? 'failed');
      }
    });
    return {
      env: Object.keys(process.env).sort(),
      read: tried(() => readFileSync(secret, 'utf8')),
      passwords: tried(() => readFileSync('/etc/passwd', 'utf8').length),
      wrote: tried(() => writeFileSync(written, 'x')),
      ran: tried(() => spawnSync('/bin/true').error?.message ?? 'it'),
      evaluated: tried(() => Function('return 1')() as unknown),
      threaded: tried(() => new Worker('', { eval: true, execArgv: [] }).threadId),
      signalled: tried(() => process.kill(pid, 0)),
      reached,
      pid: process.pid,
    };
  },
  merge: (left) => left,
});

/** Holds its process, and what would run in it afterwards. */
export const holding = defineTask<object, number, number>({
  name: 'holding',
  params: { type: 'object' },
  sandboxed: true,
  compute() {
    for (;;);
  },
  merge: (left) => left,
});
