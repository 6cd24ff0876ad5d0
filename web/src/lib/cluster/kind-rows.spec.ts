import { expect, it } from 'vitest';
import type { KnownKind } from '../api.ts';
import { kindRows } from './kind-rows.ts';

const kind = (given: Partial<KnownKind> & { kind: string }): KnownKind => ({
  title: given.kind,
  description: '',
  params_schema: {},
  example: {},
  default_chunks: 1,
  ...given,
});
const worker = (name: string, builds: Record<string, string>, draining = false) => ({
  worker: name,
  kinds: Object.keys(builds),
  builds,
  draining,
});

it('names what goes in and comes out', () => {
  const rows = kindRows(
    [
      kind({ kind: 'sum' }),
      kind({ kind: 'resize', input: { form: 'items', batch: 50 }, output: 'lines' }),
      kind({ kind: 'revenue', input: { form: 'csv', batch: 1 }, output: 'ordered', version: 2, concurrency: 32 }),
    ],
    [],
  );
  expect(rows.map(({ kind: name, shape }) => `${name}: ${shape}`)).toEqual([
    'resize: items, 50 at once → lines',
    'revenue: csv → one answer, in order',
    'sum: parameters → one answer',
  ]);
  expect(rows.map(({ version, concurrency }) => [version, concurrency])).toEqual([
    [1, null],
    [2, 32],
    [1, null],
  ]);
});

it('shows each build that live workers run, the registered one first, and no worker that drains', () => {
  const [row] = kindRows(
    [kind({ kind: 'report', fingerprint: 'new', project: 'jobs@2.0.0' })],
    [
      worker('b', { report: 'old' }),
      worker('d', { report: 'new' }),
      worker('a', { report: 'old', sum: 'x' }),
      worker('c', { report: 'older' }, true),
      worker('e', { sum: 'x' }),
    ],
  );
  expect(row).toMatchObject({ project: 'jobs@2.0.0', workers: ['a', 'b', 'd'] });
  expect(row?.builds).toEqual([
    { fingerprint: 'new', workers: ['d'] },
    { fingerprint: 'old', workers: ['a', 'b'] },
  ]);
});

it('shows the registered build of a kind that no worker computes', () => {
  expect(kindRows([kind({ kind: 'report', fingerprint: 'new' })], [])[0]?.builds).toEqual([{ fingerprint: 'new', workers: [] }]);
  const old = { worker: 'w', kinds: ['report'], draining: false };
  expect(kindRows([kind({ kind: 'report' })], [old])[0]).toMatchObject({ builds: [], workers: ['w'] });
});
