import { describe, expect, it, vi } from 'vitest';
import { ManyhandsError } from '@manyhands/proto';
import { LimitLine } from './limit-line.ts';

/** A bucket with one key, as NATS has it: written only over the revision that was read. */
function aBucket() {
  let stored: { value: Uint8Array; revision: number } | undefined;
  let revision = 0;
  return {
    get: vi.fn(async (key: string) => stored && { key, createdAtMs: 0, ...stored }),
    update: vi.fn(async (_key: string, value: Uint8Array, expected: number) => {
      if ((stored?.revision ?? 0) !== expected) throw new ManyhandsError('revision_conflict', 'was written by another');
      stored = { value, revision: (revision += 1) };
      return revision;
    }),
    expire: () => (stored = undefined),
    overwrite: (text: string) => (stored = { value: Buffer.from(text), revision: (revision += 1) }),
  };
}

const rate = { count: 10, windowMs: 64_000 };
const lineOn = (bucket: ReturnType<typeof aBucket>, nowMs = () => 0): LimitLine =>
  new LimitLine({ key: 'submits.a', rate, bucket: () => bucket, nowMs });
const admittedOf = async (counts: Promise<{ admitted: boolean }>[]): Promise<number> =>
  (await Promise.all(counts)).filter(({ admitted }) => admitted).length;
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('a line', () => {
  it('counts all that wait in one write, and refuses without one what is known to be too many', async () => {
    const bucket = aBucket();
    const line = lineOn(bucket);
    const all = await Promise.all(times(20, () => line.count()));
    expect(all.filter(({ admitted }) => admitted)).toHaveLength(10);
    // The first alone, and all that came meanwhile.
    expect(bucket.update).toHaveBeenCalledTimes(2);
    expect(all.map(({ left }) => left).slice(0, 11)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]);
    expect(await line.count()).toMatchObject({ admitted: false, left: 0, moreInMs: 65_100 });
    expect(bucket.update).toHaveBeenCalledTimes(2);
    expect(bucket.get).not.toHaveBeenCalled();
  });

  it('admits no more than the rate together with others, and no fewer', async () => {
    const bucket = aBucket();
    const lines = times(3, () => lineOn(bucket));
    const counts = times(8, () => lines.map((line) => line.count())).flat();
    expect(await admittedOf(counts)).toBe(10);
    expect(await admittedOf(lines.map((line) => line.count()))).toBe(0);
  });

  it('begins again when what was counted has run out, or cannot be read', async () => {
    const bucket = aBucket();
    let nowMs = 0;
    const line = lineOn(bucket, () => nowMs);
    expect(await admittedOf(times(11, () => line.count()))).toBe(10);
    bucket.expire();
    nowMs = 70_000;
    expect(await admittedOf(times(11, () => line.count()))).toBe(10);
    bucket.overwrite('{"v":9}');
    expect(await lineOn(bucket).count()).toMatchObject({ admitted: true, left: 9 });
  });

  it('refuses those who wait when NATS is away, and reads again what it may have written', async () => {
    const bucket = aBucket();
    const line = lineOn(bucket);
    await line.count();
    bucket.update.mockRejectedValueOnce(new ManyhandsError('unavailable', 'NATS is away'));
    await expect(line.count()).rejects.toThrow('NATS is away');
    expect(await line.count()).toMatchObject({ admitted: true, left: 8 });
    expect(bucket.get).toHaveBeenCalledTimes(1);
    expect(line.isIdle).toBe(true);
  });

  it('stops after 50 writes of others', async () => {
    const bucket = aBucket();
    bucket.update.mockRejectedValue(new ManyhandsError('revision_conflict', 'was written by another'));
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await expect(lineOn(bucket).count()).rejects.toThrow('written by others 50 times');
    expect(bucket.update).toHaveBeenCalledTimes(50);
    vi.restoreAllMocks();
  });
});
