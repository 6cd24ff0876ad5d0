import { describe, expect, it } from 'vitest';
import { missingParts } from './missing.ts';

describe('missingParts', () => {
  it('names each part that is not there', () => {
    expect(missingParts({ nats: false, storage: false, coordinators: 0, workers: 0 })).toEqual([
      'the connection to NATS',
      'a coordinator',
      'a worker',
    ]);
    expect(missingParts({ nats: true, storage: true, coordinators: 2, workers: 0 })).toEqual(['a worker']);
    expect(missingParts({ nats: true, storage: false, coordinators: 2, workers: 1 })).toEqual([
      'room on the disk of NATS, which stores nothing right now',
    ]);
    expect(missingParts({ nats: true, storage: true, coordinators: 1, workers: 3 })).toEqual([]);
    const there = { nats: true, storage: true, coordinators: 1, workers: 1 };
    expect(missingParts({ ...there, troubles: [{ mended: true }] })).toEqual([]);
    expect(missingParts({ ...there, troubles: [{ mended: true }, { mended: false }] })).toEqual([
      'what somebody removed or changed on NATS, which is being put right',
    ]);
  });
});
