import {
  CancelJob,
  ComputeLease,
  decode,
  decodeResult,
  encode,
  JobFinished,
  JobView,
  KindRegistration,
  LeaseComputed,
  LeaseFailed,
  LeaseProgress,
  SubmitJob,
  WorkerHeartbeat,
} from '@manyhands/proto';
import { expect, it } from 'vitest';
import * as builders from './builders.ts';

it.each([
  ['aSubmitJob', SubmitJob],
  ['aCancelJob', CancelJob],
  ['aComputeLease', ComputeLease],
  ['aLeaseComputed', LeaseComputed],
  ['aLeaseFailed', LeaseFailed],
  ['aLeaseProgress', LeaseProgress],
  ['aJobView', JobView],
  ['aJobFinished', JobFinished],
  ['aWorkerHeartbeat', WorkerHeartbeat],
  ['aKindRegistration', KindRegistration],
] as const)('%s builds a message that the contract accepts', (name, schema) => {
  const built = builders[name]();
  expect(schema === LeaseComputed ? decodeResult(encode(built)) : decode(schema, encode(built))).toEqual(built);
});

it('a lease gets the id of its span', () => {
  expect(builders.aComputeLease({ begin: 2, end: 5, attempt: 1 }).lease).toBe('2-5-1');
  expect(builders.aLeaseComputed({ begin: 2, end: 5 }).about).toEqual({ op: 'compute', begin: 2, end: 5, attempt: 0 });
});
