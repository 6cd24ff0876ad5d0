/** Task kinds for tests: well behaved, moody, slow, hung and deadly. */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { ComputeRefused, defineTask } from '@manyhands/worker/task';

const described = { description: 'For tests.', params: { type: 'object' }, chunks: 4 };
const add = (left: number, right: number) => left + right;

/** Each chunk counts 1. */
export const count = defineTask<object, number, number>({
  ...described,
  name: 'count',
  title: 'Count',
  example: {},
  split: (_, index) => index,
  compute: () => 1,
  merge: add,
});

/** Chunks named in `fail` throw, those in `refuse` refuse. */
export const moody = defineTask<{ fail?: number[]; refuse?: number[] }, number, number>({
  ...described,
  name: 'moody',
  title: 'Moody',
  example: {},
  split: (_, index) => index,
  compute(chunk, { params }) {
    if (params.fail?.includes(chunk)) throw new Error(`chunk ${chunk} is in a mood`);
    if (params.refuse?.includes(chunk)) throw new ComputeRefused(`chunk ${chunk} never works`);
    return 1;
  },
  merge: add,
});

/** The priority of the thread it runs in. */
export const urgency = defineTask<object, number, number>({
  ...described,
  name: 'urgency',
  title: 'Urgency',
  example: {},
  split: (_, index) => index,
  compute: () => getPriority(),
  merge: add,
});

/** Never returns; writes the file `begun` first. */
export const hung = defineTask<{ begun: string }, number, number>({
  ...described,
  name: 'hung',
  title: 'Hung',
  example: { begun: '/tmp/begun' },
  split: (_, index) => index,
  compute(_, { params }) {
    writeFileSync(params.begun, '');
    for (;;);
  },
  merge: add,
});

/** Ends its thread unless the file `marker` exists, which it writes first. */
export const deadly = defineTask<{ marker: string }, number, number>({
  ...described,
  name: 'deadly',
  title: 'Deadly',
  example: { marker: '/tmp/marker' },
  split: (_, index) => index,
  compute(_, { params }) {
    if (existsSync(params.marker)) return 1;
    writeFileSync(params.marker, '');
    process.exit(7);
  },
  merge: add,
});

/** Always ends its thread. */
export const poison = defineTask<object, number, number>({
  ...described,
  name: 'poison',
  title: 'Poison',
  example: {},
  split: (_, index) => index,
  compute: () => process.exit(7),
  merge: add,
});

/** Never ends chunk `at`, unless it may look at the signal. */
export const stuck = defineTask<{ at: number; obedient?: boolean }, number, number>({
  ...described,
  name: 'stuck',
  title: 'Stuck',
  example: { at: 0 },
  split: (_, index) => index,
  compute(chunk, { params, signal }) {
    while (chunk === params.at && !(params.obedient && signal.aborted));
    return 1;
  },
  merge: add,
});

/** Ends its thread in chunk `at`. */
export const mine = defineTask<{ at: number }, number, number>({
  ...described,
  name: 'mine',
  title: 'Mine',
  example: { at: 0 },
  split: (_, index) => index,
  compute: (chunk, { params }) => (chunk === params.at ? process.exit(7) : 1),
  merge: add,
});

/** Kills its whole process in chunk `at`. */
export const killer = defineTask<{ at: number }, number, number>({
  ...described,
  name: 'killer',
  title: 'Killer',
  example: { at: 0 },
  split: (_, index) => index,
  compute(chunk, { params }) {
    if (chunk === params.at) process.kill(process.pid, 'SIGKILL');
    while (chunk === params.at);
    return 1;
  },
  merge: add,
});

/** Takes all memory in chunk `at`. */
export const greedy = defineTask<{ at: number }, number, number>({
  ...described,
  name: 'greedy',
  title: 'Greedy',
  example: { at: 0 },
  split: (_, index) => index,
  compute(chunk, { params }) {
    const held: number[][] = [];
    while (chunk === params.at) held.push(new Array<number>(100_000).fill(chunk + 0.5));
    return 1;
  },
  merge: add,
});

/** Holds its thread in each chunk until the file `until` exists, or stops early when it looks at the signal. */
export const gated = defineTask<{ until: string; obedient?: boolean }, number, number>({
  ...described,
  name: 'gated',
  title: 'Gated',
  example: { until: '/tmp/open' },
  split: (_, index) => index,
  compute(_, { params, signal }) {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(params.until)) {
      if (params.obedient && signal.aborted) return 0;
      Atomics.wait(cell, 0, 0, 5);
    }
    return 1;
  },
  merge: add,
});

/** Spins for `ms` in each chunk. */
export const slow = defineTask<{ ms: number }, number, number>({
  ...described,
  name: 'slow',
  title: 'Slow',
  example: { ms: 10 },
  split: (_, index) => index,
  compute(_, { params }) {
    const endMs = performance.now() + params.ms;
    while (performance.now() < endMs);
    return 1;
  },
  merge: add,
});

/** Computes on promises; with `forever` it waits for the abort. */
export const patient = defineTask<{ forever?: boolean | number[]; fail?: number[] }, number, number>({
  ...described,
  name: 'patient',
  title: 'Patient',
  example: {},
  split: (_, index) => index,
  async compute(chunk, { params, signal }) {
    await new Promise((resolve) => setImmediate(resolve));
    if (params.forever === true || (params.forever || []).includes(chunk))
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    if (params.fail?.includes(chunk)) throw new Error(`chunk ${chunk} is in a mood`);
    return 1;
  },
  merge: add,
});

/** A partial of `bytes` letters, or one that is not JSON. */
export const wordy = defineTask<{ bytes?: number }, number, unknown>({
  ...described,
  name: 'wordy',
  title: 'Wordy',
  example: { bytes: 1 },
  split: (_, index) => index,
  compute: (_, { params }) => (params.bytes === undefined ? 1n : 'x'.repeat(params.bytes)),
  merge: () => {
    throw new Error('words do not merge');
  },
});

/** Counts words; which ones is told by `words`. */
export const words = defineTask<{ words?: string[] }, string[], Record<string, number>>({
  ...described,
  name: 'words',
  title: 'Words',
  example: { words: ['a'] },
  split: ({ words = [] }) => words,
  compute: (each) => each.reduce((counts, word) => counted(counts, word, 1), {}),
  merge: (left, right) => Object.entries(right).reduce((counts, [word, count]) => counted(counts, word, count), left),
});

function counted(counts: Record<string, number>, word: string, more: number): Record<string, number> {
  const value = (Object.hasOwn(counts, word) ? counts[word]! : 0) + more;
  return Object.defineProperty(counts, word, { value, enumerable: true, writable: true, configurable: true });
}

/** Its merge forgets to return. */
export const forgetful = defineTask<object, number, number | undefined>({
  ...described,
  name: 'forgetful',
  title: 'Forgetful',
  example: {},
  split: (_, index) => index,
  compute: () => 1,
  merge: () => undefined,
});

/** Every other chunk throws `message`. */
export const strict = defineTask<{ message: string }, number, number>({
  ...described,
  name: 'strict',
  title: 'Strict',
  example: { message: 'no' },
  split: (_, index) => index,
  compute(chunk, { params }) {
    if (chunk % 2 === 0) throw new Error(params.message);
    return 1;
  },
  merge: add,
});

/** Writes down each chunk it computes in the file `log`, which takes `ms`, and returns so many `letters` for it. */
export const logged = defineTask<{ log: string; ms?: number; letters?: number }, number, string>({
  ...described,
  name: 'logged',
  title: 'Logged',
  example: { log: '/tmp/log' },
  split: (_, index) => index,
  compute(chunk, { params: { log, ms = 0, letters = 1 } }) {
    appendFileSync(log, `${chunk}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return 'x'.repeat(letters);
  },
  merge: (left, right) => left + right,
});

/** Logs so many `lines` for each chunk, and one for each merge. */
export const chatty = defineTask<{ lines: number }, number, number>({
  ...described,
  name: 'chatty',
  title: 'Chatty',
  example: { lines: 1 },
  split: (_, index) => index,
  compute(chunk, { params, log }) {
    for (let line = 0; line < params.lines; line += 1) log('line', { chunk, line });
    return 1;
  },
  merge(left, right) {
    console.warn('merged %d and %d', left, right);
    return left + right;
  },
});

/** Leaves files of these sizes, whose bytes are its run's; the chunks named in `fail` throw after that, those in `hasty` do not wait for them. */
export const filer = defineTask<{ sizes: number[]; byte: number; fail?: number[]; hasty?: number[] }, number, object[]>({
  ...described,
  name: 'filer',
  title: 'Filer',
  example: { sizes: [1], byte: 1 },
  split: (_, index) => index,
  async compute(chunk, { params: { sizes, byte, fail, hasty }, file }) {
    const stored = sizes.map((size, at) => file(`${at}.bin`, new Uint8Array(size).fill(byte), 'application/x-bytes'));
    if (hasty?.includes(chunk)) return [];
    const left = await Promise.all(stored);
    if (fail?.includes(chunk)) throw new ComputeRefused('after its files');
    return left;
  },
  merge: (left, right) => [...left, ...right],
});
