import { encode } from '@manyhands/proto';
import { aJobView, aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mayBeRequeued, tenantIn, viewIn } from './kept-job.ts';

it('finds whose job a state is of, in each place a release has kept it', () => {
  const submit = aSubmitJob();
  for (const stored of [{ state: { submit } }, { v: 2, state: { tenant: submit.tenant } }, { tenant: submit.tenant }])
    expect(tenantIn(encode(stored))).toBe(submit.tenant);
  expect(tenantIn(encode({ state: { submit: { tenant: 'a.>' } } }))).toBeUndefined();
});

it('says nothing of what it cannot read, and never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json().map((text) => new TextEncoder().encode(text)),
        fc.uint8Array(),
      ),
      (bytes) => {
        const tenant = tenantIn(bytes);
        const view = viewIn(bytes);
        return (tenant === undefined || typeof tenant === 'string') && (view === undefined || typeof view.status === 'string');
      },
    ),
  );
  expect([tenantIn(undefined), viewIn(undefined), viewIn(encode({ status: 'dancing' }))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('a job may be requeued when it failed, or completed with gaps', () => {
  const may = (status: 'completed' | 'failed' | 'cancelled', failed = 0): boolean =>
    mayBeRequeued(viewIn(encode(aJobView({ status, failed_chunks: failed })))!);
  expect([may('failed'), may('completed', 2), may('completed'), may('cancelled', 2)]).toEqual([true, true, false, false]);
});
