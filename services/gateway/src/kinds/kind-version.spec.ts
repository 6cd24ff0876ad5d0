import { expect, it } from 'vitest';
import { newestVersion, taskNameOf } from './kind-version.ts';

const versions = [
  { kind: 'report' },
  { kind: 'report-v10', version: 10 },
  { kind: 'report-v2', version: 2 },
  { kind: 'reporter', version: 1 },
  { kind: 'old-v3' },
];
const newest = (name: string, ...live: string[]) => newestVersion(name, versions, (kind) => live.includes(kind))?.kind;

it('a name stands for the newest version that a worker computes, by number', () => {
  expect(newest('report', 'report', 'report-v2')).toBe('report-v2');
  expect(newest('report', 'report', 'report-v2', 'report-v10')).toBe('report-v10');
  expect(newest('report', 'report')).toBe('report');
});

it('and for the newest there is when no worker computes any', () => {
  expect(newest('report')).toBe('report-v10');
  expect(newest('report', 'reporter')).toBe('report-v10');
});

it('a version named is none but that, and a name that only looks like one is a name', () => {
  expect(newest('report-v2')).toBeUndefined();
  expect(newest('old')).toBeUndefined();
  expect(versions.map(taskNameOf)).toEqual(['report', 'report', 'report', 'reporter', 'old-v3']);
});
