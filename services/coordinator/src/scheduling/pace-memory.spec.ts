import { aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { moved, submittedJob } from '../job/state.ts';
import type { Pace } from './lease-size.ts';
import { PaceMemory } from './pace-memory.ts';

const pace = { size: 64, msPerChunk: 0.2 };
const finished = (submit: ReturnType<typeof aSubmitJob>, status: 'completed' | 'failed' = 'completed', at: Pace = pace) =>
  moved(moved(submittedJob(submit, 0, at), 'running'), status);

it('a job of the same shape starts at the pace the last one ended with', () => {
  const paces = new PaceMemory();
  paces.remember(finished(aSubmitJob({ params: { n: 5 } })));
  expect(paces.paceOf(aSubmitJob({ params: { n: 5 } }))).toEqual(pace);
});

it('other params, chunks or kinds are other shapes, and a job that failed teaches nothing', () => {
  const paces = new PaceMemory();
  paces.remember(finished(aSubmitJob({ params: { n: 5 } })));
  paces.remember(finished(aSubmitJob({ params: { n: 6 } }), 'failed'));
  for (const other of [{ params: { n: 6 } }, { params: { n: 5 }, chunks: 9 }, { params: { n: 5 }, kind: 'primes' }]) {
    expect(paces.paceOf(aSubmitJob(other))).toBeUndefined();
  }
});

it('the quickest of several jobs is remembered, and forgotten when all later ones are slower', () => {
  const paces = new PaceMemory();
  const submit = aSubmitJob({ params: { n: 5 } });
  const slow: Pace = { size: 2, msPerChunk: 2 };
  const after = (jobs: number, at: Pace): Pace | undefined => {
    for (let job = 0; job < jobs; job += 1) paces.remember(finished(submit, 'completed', at));
    return paces.paceOf(submit);
  };
  expect(after(1, slow)).toEqual(slow);
  expect(after(1, pace)).toEqual(pace);
  expect(after(20, slow)).toMatchObject({ size: 64 });
  expect(after(1, { ...slow, sizeMax: 4 })).toEqual({ ...slow, sizeMax: 4 });
  after(1, pace);
  expect(after(500, slow)).toEqual(slow);
});

it('the shapes not used longest are forgotten', () => {
  const paces = new PaceMemory();
  for (let n = 0; n <= 1_000; n += 1) paces.remember(finished(aSubmitJob({ params: { n } })));
  expect(paces.paceOf(aSubmitJob({ params: { n: 0 } }))).toBeUndefined();
  expect(paces.paceOf(aSubmitJob({ params: { n: 1 } }))).toEqual(pace);
});
