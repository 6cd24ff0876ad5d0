import type { JobStatus, JobView } from '@manyhands/proto';
import { describe, expect, it } from 'vitest';
import { noFilter } from './filter-address.ts';
import { concerns, extendedRows, heldRows, idBehind, matches, trimmedRows, updatedRows, type Rows } from './rows.ts';

const all = noFilter;

function job(id: string, status: JobStatus = 'running', kind = 'primes'): JobView {
  return { job_id: id, status, kind } as JobView;
}

function rows(cursor: string | null, ...jobs: JobView[]): Rows {
  return { jobs, cursor };
}

function ids({ jobs }: Rows): string[] {
  return jobs.map((each) => each.job_id);
}

describe('matches', () => {
  it('holds a job against each filter that is set', () => {
    expect(matches(all, job('1'))).toBe(true);
    expect(matches({ ...all, status: 'failed' }, job('1'))).toBe(false);
    expect(matches({ ...all, status: 'running', kind: 'sum' }, job('1'))).toBe(false);
    expect(matches({ ...all, status: 'running', kind: 'primes' }, job('1'))).toBe(true);
    const tagged = { ...job('1'), params: { n: 4_711 }, tags: { team: 'web' } };
    expect(matches({ ...all, tag: 'team=web', text: '4,711 PRIMES' }, tagged)).toBe(true);
    expect(matches({ ...all, tag: 'team=we' }, tagged)).toBe(false);
    expect(matches({ ...all, text: '4711 sum' }, tagged)).toBe(false);
  });
});

describe('updatedRows', () => {
  it('puts a new job on top and changes one in its place', () => {
    const after = updatedRows(
      rows(null, job('3'), job('1')),
      [
        { id: '4', view: job('4') },
        { id: '1', view: job('1', 'completed') },
      ],
      all,
    );
    expect(ids(after)).toEqual(['4', '3', '1']);
    expect(after.jobs[2]?.status).toBe('completed');
  });

  it('takes a job out that is gone or no longer matches', () => {
    const filter = { ...all, status: 'running' as const };
    const after = updatedRows(
      rows(null, job('3'), job('2'), job('1')),
      [
        { id: '3', view: null },
        { id: '1', view: job('1', 'failed') },
      ],
      filter,
    );
    expect(ids(after)).toEqual(['2']);
  });

  it('leaves an older job for the page it belongs to', () => {
    expect(ids(updatedRows(rows('next', job('5')), [{ id: '2', view: job('2') }], all))).toEqual(['5']);
    expect(ids(updatedRows(rows(null, job('5')), [{ id: '2', view: job('2') }], all))).toEqual(['5', '2']);
  });
});

describe('concerns', () => {
  it('is true for what is loaded or newer, and for everything once all is loaded', () => {
    expect(concerns(rows('next', job('5'), job('3')), '4')).toBe(true);
    expect(concerns(rows('next', job('5'), job('3')), '2')).toBe(false);
    expect(concerns(rows(null, job('5')), '2')).toBe(true);
    expect(concerns(rows('next'), '2')).toBe(true);
  });
});

describe('extendedRows', () => {
  it('adds the page below and keeps the live value of a job on both', () => {
    const after = extendedRows(rows('a', job('5'), job('3', 'completed')), rows('b', job('3'), job('2')));
    expect(ids(after)).toEqual(['5', '3', '2']);
    expect(after.jobs[1]?.status).toBe('completed');
    expect(after.cursor).toBe('b');
  });
});

describe('trimmedRows', () => {
  it('keeps the newest, and the cursor that leads on from there', () => {
    const three = rows(null, job('3'), job('2'), job('1'));
    expect(trimmedRows(three, 3)).toBe(three);
    expect(trimmedRows(three, 2)).toEqual(rows('2', job('3'), job('2')));
  });
});

describe('held rows', () => {
  const held = rows('2', job('5'), job('3'));

  it('change at their place; what is new is counted, and nothing comes in or leaves', () => {
    const filter = { ...all, status: 'running' as const };
    const updates = [
      { id: '6', view: job('6') },
      { id: '7', view: job('7', 'failed') },
      { id: '5', view: job('5', 'failed') },
      { id: '4', view: job('4') },
      { id: '3', view: null },
    ];
    const after = heldRows(held, updates, filter);
    expect(after.fresh).toEqual(['6']);
    expect(after.rows).toEqual(rows('2', job('5', 'failed'), job('3')));
  });
});

describe('the id behind another', () => {
  it('is the next one of the same form, so that nothing stands between them', () => {
    expect(idBehind('0199abcd-0000-7000-8000-0000000000a9')).toBe('0199abcd-0000-7000-8000-0000000000aa');
    expect(idBehind('0199abcd-0000-7000-8000-00000000afff')).toBe('0199abcd-0000-7000-8000-00000000b000');
    const last = '0199abcd-0000-7000-8000-ffffffffffff';
    expect(idBehind(last)).toBe(last);
  });
});
