import { expect, it } from 'vitest';
import { limits } from '@manyhands/proto/limits';
import { inputProblem, knownCount, type InputChoice } from './input-choice.ts';

const nothing: InputChoice = { by: 'file', file: null, text: '', form: 'ndjson', earlier: null };
const ofSize = (size: number) => ({ name: 'a', size }) as File;

it('is wrong while there is nothing, and beyond what an input may hold', () => {
  expect(inputProblem(nothing)).toBe('Choose a file, or paste the items.');
  expect(inputProblem({ ...nothing, by: 'text', text: ' \n' })).toBe('Paste the items, or choose a file.');
  expect(inputProblem({ ...nothing, by: 'text', text: '1' })).toBeNull();
  expect(inputProblem({ ...nothing, by: 'earlier', earlier: { id: 'x', records: 1 } })).toBeNull();
  expect(inputProblem({ ...nothing, file: ofSize(limits.inputBytesMax) })).toBeNull();
  expect(inputProblem({ ...nothing, file: ofSize(limits.inputBytesMax + 1) })).toBe('The file is larger than 2.1 GB: split it.');
});

it('has as many records as are pasted, or as the earlier one had; of a file that is not known', () => {
  expect(knownCount({ ...nothing, by: 'text', text: 'a\n\nb\n', form: 'lines' })).toBe(2);
  expect(knownCount({ ...nothing, by: 'text', text: '[1,2]', form: 'json' })).toBeNull();
  expect(knownCount({ ...nothing, by: 'text', text: '' })).toBeNull();
  expect(knownCount({ ...nothing, by: 'earlier', earlier: { id: 'x', records: 7 } })).toBe(7);
  expect(knownCount({ ...nothing, file: ofSize(1) })).toBeNull();
});
