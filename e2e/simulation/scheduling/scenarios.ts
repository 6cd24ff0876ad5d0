/** What systems are asked for: large and small jobs, even and uneven chunks, and slots that are slow or dead. */
import { fnv1a } from '@manyhands/proto';
import type { PlannedJob, Scenario } from './one-run.ts';

/** From 0 to 1, and the same each time. */
const spread = (what: string): number => fnv1a(what) / 2 ** 32;
const every =
  (chunkMs: number): PlannedJob['chunkMs'] =>
  () =>
    chunkMs;
const uneven =
  (chunkMs: number): PlannedJob['chunkMs'] =>
  (chunk) =>
    chunkMs * (0.2 + 1.6 * spread(`${chunk}`));
/** Small jobs, each so many milliseconds. */
function small(count: number, everyMs: number, job: Omit<PlannedJob, 'atMs' | 'small'>): PlannedJob[] {
  return Array.from({ length: count }, (_, index) => ({ ...job, small: true, atMs: 1_000 + index * everyMs }));
}

export const scenarios: readonly Scenario[] = [
  { name: 'alone, chunks of 1 ms', slots: 8, jobs: [{ atMs: 0, chunks: 40_000, chunkMs: every(1) }] },
  { name: 'alone, chunks of 10 µs', slots: 8, jobs: [{ atMs: 0, chunks: 400_000, chunkMs: every(0.01) }] },
  { name: 'alone, uneven chunks around 60 ms', slots: 8, jobs: [{ atMs: 0, chunks: 700, chunkMs: uneven(60) }] },
  {
    name: 'alone, one chunk in fifty 200 times as long',
    slots: 8,
    jobs: [{ atMs: 0, chunks: 20_000, chunkMs: (chunk) => (spread(`long ${chunk}`) < 0.02 ? 60 : 0.3) }],
  },
  {
    name: 'alone, quick chunks at first and slow ones later',
    slots: 8,
    jobs: [{ atMs: 0, chunks: 2_000, chunkMs: (chunk) => (chunk < 1_000 ? 0.05 : 40) }],
  },
  {
    name: 'small jobs beside a large one',
    slots: 8,
    jobs: [{ atMs: 0, chunks: 60_000, chunkMs: every(1) }, ...small(12, 400, { chunks: 16, chunkMs: every(5) })],
  },
  {
    name: 'small jobs beside one with chunks of a second',
    slots: 8,
    jobs: [{ atMs: 0, chunks: 80, chunkMs: every(1_000) }, ...small(12, 400, { chunks: 64, chunkMs: every(5), tenant: 'other' })],
  },
  {
    name: 'a tenant with forty jobs beside another with one',
    slots: 8,
    jobs: [
      ...Array.from({ length: 40 }, (_, index) => ({ atMs: index, chunks: 400, chunkMs: every(5) })),
      ...small(8, 300, { chunks: 16, chunkMs: every(5), tenant: 'other' }),
    ],
  },
  {
    name: 'many small jobs of one shape',
    slots: 8,
    jobs: small(300, 10, { chunks: 32, chunkMs: every(0.5), shape: 1 }),
  },
  {
    name: 'one slot of eight twenty times as slow',
    slots: 8,
    jobs: [{ atMs: 0, chunks: 300, chunkMs: every(100) }],
    slowness: (slot) => (slot === 0 ? 20 : 1),
  },
  {
    name: 'one slot of eight dead',
    slots: 8,
    jobs: [{ atMs: 0, chunks: 300, chunkMs: every(50) }],
    slowness: (slot) => (slot === 0 ? Infinity : 1),
  },
  {
    name: 'a chunk in a thousand kills its lease once',
    slots: 8,
    jobs: [
      {
        atMs: 0,
        chunks: 20_000,
        chunkMs: every(1),
        fate: (chunk, run) => (run === 0 && spread(`kill ${chunk}`) < 0.001 ? 'kills' : undefined),
      },
    ],
  },
  {
    name: 'small jobs beside one of which a tenth of the chunks fail',
    slots: 8,
    jobs: [
      {
        atMs: 0,
        chunks: 200_000,
        chunkMs: every(0.02),
        fate: (chunk, run) => (run === 0 && spread(`fail ${chunk}`) < 0.1 ? 'throws' : undefined),
      },
      ...small(12, 300, { chunks: 16, chunkMs: every(5) }),
    ],
  },
  {
    name: 'leases of one chunk, as the operator asks',
    slots: 8,
    leaseChunksMax: 1,
    jobs: [{ atMs: 0, chunks: 5_000, chunkMs: every(2) }],
  },
];
