import { aKindRegistration, aWorkerHeartbeat } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { claimKind } from './kind-claim.ts';
import { buildsOf, originOf } from './kind-origin.ts';

const ours = aKindRegistration({
  kind: 'report',
  project: '@team/jobs@1.0.0',
  fingerprint: 'a',
  registered_at: '2026-01-01T00:00:00.000Z',
});
const serving = aWorkerHeartbeat({ worker: 'w-1', kinds: ['report', 'other'] });

it('what is not there is written, and what is there the same is kept, whenever that was', () => {
  expect(claimKind(undefined, ours, [serving])).toEqual({ is: 'written' });
  expect(claimKind({ ...ours, registered_at: '2025-01-01T00:00:00.000Z' }, ours, [serving])).toEqual({ is: 'kept' });
});

it('another project is refused while a worker lives that computes the kind, and told which', () => {
  const theirs = { ...ours, project: 'other-jobs@3.0.0' };
  expect(claimKind(ours, theirs, [serving])).toEqual({
    is: 'refused',
    why: 'the kind report belongs to the project @team/jobs@1.0.0, and w-1 computes it now: give yours (of other-jobs@3.0.0) another name, or stop those workers',
  });
  expect(claimKind(ours, theirs, [{ ...serving, draining: true }, aWorkerHeartbeat({ kinds: ['other'] })])).toEqual({
    is: 'written',
  });
  const many = ['w-1', 'w-2', 'w-3', 'w-4'].map((worker) => ({ ...serving, worker }));
  expect(claimKind(ours, theirs, many)).toMatchObject({
    why: expect.stringContaining('w-1, w-2, w-3 and others computes') as string,
  });
});

it('another build of the same project is written, and said while the other lives', () => {
  const newer = { ...ours, project: '@team/jobs@1.1.0', fingerprint: 'b' };
  expect(claimKind(ours, newer, [serving])).toEqual({
    is: 'written',
    warning: expect.stringMatching(/^two builds of report are live: this one, .* and that of w-1; raise its version/) as string,
  });
  expect(claimKind(ours, newer, [])).toEqual({ is: 'written' });
  expect(claimKind(ours, { ...newer, fingerprint: 'a' }, [serving]), 'the same module').toEqual({ is: 'written' });
});

it('what an older release registered belongs to nobody', () => {
  const { project: _, ...older } = ours;
  expect(claimKind(older, ours, [serving])).toEqual({ is: 'written' });
});

it('a module is part of the nearest package, and known by its bytes', () => {
  expect(originOf(new URL('../../trial/kinds.ts', import.meta.url).href)).toEqual({
    project: expect.stringMatching(/^@manyhands\/worker@\d/) as string,
    fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
  });
  expect(originOf('file:///no/such/module.ts')).not.toHaveProperty('fingerprint');
  expect(originOf('data:text/javascript,')).toEqual({});
  const address = new URL('../../trial/kinds.ts', import.meta.url).href;
  expect(
    buildsOf([
      { name: 'count', module: address },
      { name: 'inline', module: 'data:text/javascript,' },
    ]),
  ).toEqual({ count: originOf(address).fingerprint });
});
