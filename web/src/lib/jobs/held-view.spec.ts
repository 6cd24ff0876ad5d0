import { expect, it } from 'vitest';
import type { JobView } from '@manyhands/proto';
import { heldAfter } from './held-view.ts';

const frame = (topic: 'job' | 'changes', value: unknown) => ({
  head: { topic, key: 'me.j1', revision: 1 },
  value: value === undefined ? '' : JSON.stringify(value),
});
const view = {
  ...{ job_id: 'j1', progress: 0.5, rate: null, params: { n: 1 }, workers: { a: 1 } },
  chunks: { done: [[0, 1]], leased: [], failed: [], coarse: false },
} as unknown as JobView;

it('a job is what its last whole view says, and what changed since', () => {
  expect(heldAfter(null, frame('job', view))).toEqual(view);
  const changed = heldAfter(
    view,
    frame('changes', { progress: 0.75, rate: 2, chunks: { done: [[0, 2]], coarse: true }, workers: { b: 1 }, timing: { ms: 9 } }),
  );
  expect(changed).toEqual({
    ...{ job_id: 'j1', progress: 0.75, rate: 2, params: { n: 1 }, workers: { a: 1, b: 1 }, timing: { ms: 9 } },
    chunks: { done: [[0, 2]], leased: [], failed: [], coarse: true },
  });
  expect(view.workers).toEqual({ a: 1 });
  expect(heldAfter(changed, frame('changes', { rate: null }))).toEqual({ ...changed, rate: null });
  expect(heldAfter(changed, frame('job', view))).toEqual(view);
});

it('a job that is gone is none, until it is sent whole again', () => {
  expect(heldAfter(view, frame('job', undefined))).toBeNull();
  expect(heldAfter(null, frame('changes', { progress: 1 }))).toBeNull();
});
