/** What the chunks of the test's kinds give and throw: pure, so that kernel and judge agree without a word. */

/** What a healthy chunk comes to; the answer of a job is their sum. */
export function valueOf(chunk: number): number {
  return chunk + 1;
}

/** Of each `every` chunks one fails, which one the salt says; 0: none. */
export function isFaulty(chunk: number, { every, salt }: { every: number; salt: number }): boolean {
  return every > 0 && (chunk + salt) % every === 0;
}

/** What is left of a job whose faulty chunks are given up. */
export function sumOf(chunks: number, faults = { every: 0, salt: 0 }): { sum: number; faulty: number } {
  let sum = 0;
  let faulty = 0;
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    if (isFaulty(chunk, faults)) faulty += 1;
    else sum += valueOf(chunk);
  }
  return { sum, faulty };
}

/** 450 to 500 characters, the longest a worker passes on. */
export function complaintOf(chunk: number): string {
  return `chunk ${chunk} does not find what it was sent for, and says so at length: `.padEnd(
    450 + (chunk % 51),
    'no answer, no page, no reason. ',
  );
}

/** Words that are something else in JavaScript, in JSON or on the bus, and the first of them a number, which objects put in front. */
export const WORDS = [
  '7',
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'toJSON',
  'then',
  'length',
  'name',
  '',
  ' ',
  '.',
  '*',
  '>',
  '$',
  'null',
  'true',
  'NaN',
  '\u0000',
  '\u2028',
  '\\"',
  'ünïcödé',
  '💥',
  '\ud800',
] as const;

/** Each chunk has every word once, so the answer counts each as often as there are chunks. */
export function wordCounts(times: number): Record<string, number> {
  return Object.fromEntries(WORDS.map((word) => [word, times]));
}

/** Values that are none of JSON: they would leave as something else. */
export const NO_JSON: readonly (() => unknown)[] = [
  () => [1, Number.NaN],
  () => ({ most: Number.POSITIVE_INFINITY }),
  () => [[Number.NEGATIVE_INFINITY]],
  () => ({ found: new Map([['a', 1]]) }),
  () => [1, undefined, 3],
  () => ({ seen: new Set([1]) }),
];

/** JSON text of a value nested so deep. */
export function nested(depth: number): string {
  return `${'['.repeat(depth)}1${']'.repeat(depth)}`;
}
