import { describe, expect, it } from 'vitest';
import { ComputeRefused, defineTask, isTask } from './task.ts';

const definition = {
  name: 'demo',
  title: 'Demo',
  description: '',
  params: {},
  example: {},
  defaultChunks: 1,
  split: () => 0,
  compute: () => 0,
  merge: () => 0,
};

describe('defineTask', () => {
  it('marks a definition as a task that cannot be changed', () => {
    const task = defineTask(definition);
    expect(isTask(task)).toBe(true);
    expect(Object.isFrozen(task)).toBe(true);
    expect([definition, null, 3, undefined].some(isTask)).toBe(false);
  });

  it.each([
    [{ name: 'Big' }, /name "Big" must be/],
    [{ name: '' }, /must be 1 to 32/],
    [{ defaultChunks: 0 }, /defaultChunks must be a whole number from 1/],
    [{ merge: undefined as never }, /merge must be a function/],
  ])('refuses %o, saying what to change', (wrong, sentence) => {
    expect(() => defineTask({ ...definition, ...wrong })).toThrow(sentence);
  });

  it('has a refusal that keeps its name across modules', () => {
    expect(new ComputeRefused('no')).toMatchObject({ name: 'ComputeRefused', message: 'no' });
  });
});
