import { ANSWERS, encode, limits, type JobView } from '@manyhands/proto';
import { aJobView } from '@manyhands/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginningOf, sharedView } from './shared-view.ts';

const until = '2027-01-01T00:00:00.000Z';
const shown = (view: object): { text: string; json: Record<string, unknown> } => {
  const text = Buffer.from(encode(sharedView(JSON.stringify(view), until))).toString();
  return { text, json: JSON.parse(text) as Record<string, unknown> };
};
const over = { status: 'completed', progress: 1, completed_chunks: 8 } as const;

describe('what a link shows', () => {
  it('fits its description, and has no field of a view that is not named in it', () => {
    const view = { ...aJobView({ ...over, result: 7, round: 2, output: 'ordered' }), added_by_a_later_release: 'secret' };
    const { text, json } = shown(view);
    expect(Object.keys(json).sort()).toEqual(Object.keys(ANSWERS.SharedJob.shape).sort());
    expect(text).not.toContain('secret');
  });

  it('names no tenant, job, tag, schedule, input or worker', () => {
    const marker = 'MARKER';
    const { text, json } = shown({
      ...aJobView(over),
      ...{ job_id: marker, tenant: marker, schedule_id: marker, tags: { [marker]: marker } },
      ...{ input: { id: marker, by: 'record', records: 1 }, finish: { [marker]: marker } },
      ...{ stored: { name: marker, from: 0, bytes: 9 }, timing: { rows: [{ worker: marker }] } },
      workers: { [`${marker}-1`]: 3, [`${marker}-2`]: 5 },
    });
    expect(text).not.toContain(marker);
    expect(json).toMatchObject({ workers: [5, 3], expires_at: until });
  });

  it.each(['pending', 'running', 'paused', 'failed', 'cancelled'] as const)('is no result while a job is %s', (status) => {
    expect(shown(aJobView({ status, result: 7 })).json).toMatchObject({ result: null, result_bytes: null, result_part: null });
  });
});

describe('a result', () => {
  it('goes out as it was stored, whatever JSON it is', () => {
    for (const text of ['12345678901234567890123', '-0.10', '1e400', '{"a":1,"a":2,"__proto__":3}', '"\\u0000\\ud800"']) {
      const view = JSON.stringify({ ...aJobView(over), result: 'HERE' }).replace('"HERE"', text);
      const sent = Buffer.from(encode(sharedView(view, until))).toString();
      expect(sent).toContain(`"result":${text}`);
      expect(sent).toContain(`"result_bytes":${text.length}`);
    }
  });

  it('that is too large is there with its beginning and its size, and is whole as far as the limit', () => {
    const of = (bytes: number) => shown(aJobView({ ...over, result: 'x'.repeat(bytes - 2) })).json;
    const most = limits.sharedResultBytesMax;
    expect(of(most)).toMatchObject({ result: 'x'.repeat(most - 2), result_bytes: most, result_part: null });
    expect(of(most + 1)).toMatchObject({
      result: null,
      result_bytes: most + 1,
      result_part: `"${'x'.repeat(limits.sharedPartBytesMax - 1)}`,
    });
  });

  it('that is stored apart, or is lines, is there with its size', () => {
    const none = { result: null, result_part: null };
    expect(shown(aJobView({ ...over, stored: { name: 'o', from: 0, bytes: 5_000_000 } })).json).toMatchObject({
      ...none,
      result_bytes: 5_000_000,
    });
    const lines: Partial<JobView> = { output: 'lines', results: { bytes: 70 } };
    for (const status of ['completed', 'failed'] as const)
      expect(shown(aJobView({ ...over, ...lines, status })).json).toMatchObject({ ...none, result_bytes: 70 });
  });
});

it('a beginning is the beginning of the text, as long as there is room, and never half a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), (unit) => {
      fc.pre(unit.isWellFormed() && !unit.startsWith('\ufeff'));
      const text = unit.repeat(Math.ceil((limits.sharedPartBytesMax + 8) / Buffer.byteLength(unit)));
      const beginning = beginningOf(Buffer.from(text));
      expect(text.startsWith(beginning)).toBe(true);
      const bytes = Buffer.byteLength(beginning);
      expect(bytes).toBeLessThanOrEqual(limits.sharedPartBytesMax);
      expect(bytes).toBeGreaterThan(limits.sharedPartBytesMax - 4);
    }),
  );
});
