import { describe, expect, it } from 'vitest';
import { differencesOf, driftMessage } from './drift.ts';

describe('differencesOf', () => {
  it('finds nothing when every wanted field is there', () => {
    expect(differencesOf({ name: 'A', subjects: ['a.>'], max_msgs: -1 }, { name: 'A', subjects: ['a.>'] })).toEqual([]);
  });

  it('names what differs', () => {
    expect(differencesOf({ max_bytes: 5, retention: 'limits' }, { max_bytes: 7, retention: 'limits' })).toEqual([
      { field: 'max_bytes', has: 5, wanted: 7 },
    ]);
  });

  it('takes a missing field for zero, false or empty, as the server leaves those out', () => {
    expect(differencesOf({}, { max_age: 0, allow_direct: false, subjects: [] })).toEqual([]);
  });

  it('sees a switch that is on but should be off', () => {
    expect(differencesOf({ allow_direct: true }, { allow_direct: false })).toEqual([
      { field: 'allow_direct', has: true, wanted: false },
    ]);
  });

  it('leaves the description out', () => {
    expect(differencesOf({ description: 'old' }, { description: 'new' })).toEqual([]);
  });
});

describe('driftMessage', () => {
  it('says what differs, what is needed and which commands repair it', () => {
    const text = driftMessage('stream A', [{ field: 'max_bytes', has: undefined, wanted: 7 }], {
      edit: 'nats stream edit A',
      remove: 'nats stream rm A',
    });
    expect(text).toContain('stream A');
    expect(text).toContain('max_bytes: it has nothing, needed is 7');
    expect(text).toContain('`nats stream edit A`');
    expect(text).toContain('`nats stream rm A`');
  });

  it('advises no change that the server refuses', () => {
    const text = driftMessage('stream A', [{ field: 'persist_mode', has: 'async', wanted: undefined }], {
      edit: 'nats stream edit A',
      remove: 'nats stream rm A',
    });
    expect(text).toContain('`nats stream rm A`');
    expect(text).not.toContain('`nats stream edit A`');
  });
});
