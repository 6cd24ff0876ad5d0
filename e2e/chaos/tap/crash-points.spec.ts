import { execFileSync } from 'node:child_process';
import {
  artifactSubjects,
  BUCKETS,
  consumers,
  encode,
  eventSubjects,
  keys,
  LOCAL_TENANT,
  mailboxSubjects,
  newInputId,
  newJobId,
  newScheduleId,
  scheduleSubjects,
  STREAMS,
  workSubjects,
} from '@manyhands/proto';
import { aComputeLease, aJobView } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { crashEnv, freezeEnv } from '../system/preloaded.ts';
import {
  CRASH_POINTS,
  frozenAt,
  LIST_POINTS,
  passes,
  readCrashPoint,
  STEPS,
  wordsBeforeSleep,
  type CrashPoint,
  type StepName,
} from './crash-points.ts';

const job = newJobId();
const schedule = newScheduleId();
const input = newInputId();
const kv = (bucket: { name: string }, key: string): string => `$KV.${bucket.name}.${key}`;
const ack = (stream: { name: string }, consumer: string): string => `$JS.ACK.${stream.name}.${consumer}.1.2.3.4.5`;
const done = { ...aJobView({ job_id: job }), status: 'completed' };

/** What really leaves at each step. */
const messages: Readonly<Record<Exclude<StepName, 'row'>, [subject: string, data: unknown]>> = {
  claim: [kv(BUCKETS.idempotency, keys.idempotency(LOCAL_TENANT, 'ab')), { stored: false }],
  note: [kv(BUCKETS.idempotency, keys.idempotency(LOCAL_TENANT, 'ab')), { stored: true }],
  submit: [mailboxSubjects.submit(job), {}],
  cancel: [mailboxSubjects.cancel(job), {}],
  lease: [workSubjects.lease('sum', 'normal', job), aComputeLease()],
  view: [kv(BUCKETS.jobs, keys.job(LOCAL_TENANT, job)), aJobView({ status: 'running' })],
  'final-view': [kv(BUCKETS.jobs, keys.job(LOCAL_TENANT, job)), done],
  snapshot: [kv(BUCKETS.jobState, keys.jobState(job)), { v: 1, type: 'JobState' }],
  'snapshot-removal': [kv(BUCKETS.jobState, keys.jobState(job)), ''],
  finished: [eventSubjects.finished(LOCAL_TENANT, job), {}],
  'mailbox-ack': [ack(STREAMS.mailbox, consumers.partition('03')), '+ACK'],
  'lease-removal': ['$JS.API.STREAM.PURGE.WORK', {}],
  'mailbox-removal': ['$JS.API.STREAM.PURGE.MAILBOX', {}],
  'due-submit': [mailboxSubjects.submit(job), {}],
  'due-note': [scheduleSubjects.ran(LOCAL_TENANT, schedule), {}],
  'due-ack': [ack(STREAMS.schedules, consumers.dueSchedules), '+ACK'],
  result: [mailboxSubjects.result(job, '0-1-0'), {}],
  'input-part': [artifactSubjects.part(LOCAL_TENANT, input, 'in', 0), '1\n'],
  'input-record': [kv(BUCKETS.artifactRecords, keys.artifact(LOCAL_TENANT, input)), { v: 1, type: 'InputRecord' }],
  'lines-part': [artifactSubjects.part(LOCAL_TENANT, job, 'o-0-1-0-ab', 0), '1\n'],
  'lines-result': [mailboxSubjects.result(job, '0-1-0'), { stored: { name: 'o-0-1-0-ab' } }],
  manifest: [artifactSubjects.part(LOCAL_TENANT, job, 'results-0-ab', 0), '{}\n'],
  'results-record': [kv(BUCKETS.artifactRecords, keys.artifact(LOCAL_TENANT, job)), { v: 1, type: 'ResultsRecord' }],
  'lease-ack': [ack(STREAMS.work, consumers.queue('sum', 'normal')), '+ACK'],
  'row-ack': [ack(STREAMS.events, consumers.history), '+ACK'],
};

it.each(Object.entries(messages))(
  '%s is recognised by what leaves then, and no other step of its service by that',
  (name, [subject, data]) => {
    const message = { subject, data: typeof data === 'string' ? Buffer.from(data) : encode(data) };
    const { service } = STEPS[name as StepName];
    const found = Object.entries(STEPS)
      .filter(([, step]) => step.service === service && passes(step, message))
      .map(([found]) => found);
    // A result that names its lines is a result.
    expect(found).toEqual(name === 'lines-result' ? ['result', name] : [name]);
  },
);

it('each step has a point before and one after it', () => {
  expect(CRASH_POINTS.length + LIST_POINTS.length).toBe(2 * Object.keys(STEPS).length);
  expect(LIST_POINTS).toContain('before-results-record');
  expect(CRASH_POINTS).not.toContain('before-results-record');
  expect(readCrashPoint('after-final-view')).toEqual({ when: 'after', step: STEPS['final-view'] });
});

it('a process told of a point that is none does not start', () => {
  const start = (point: string): string =>
    execFileSync(process.execPath, ['-e', 'console.log("started")'], {
      env: { ...process.env, ...crashEnv(point as CrashPoint) },
      encoding: 'utf8',
      stdio: 'pipe',
    });
  expect(start('after-result')).toBe('started\n');
  expect(() => start('after-lunch')).toThrow(/CRASH_AT=after-lunch is no crash point; there are before-claim, after-claim/);
});

it('a process told to stop at a point that is none does not start either, and says where it stops', () => {
  const start = (point: string): string =>
    execFileSync(process.execPath, ['-e', 'console.log("started")'], {
      env: { ...process.env, ...freezeEnv(['after-view', point as CrashPoint]) },
      encoding: 'utf8',
      stdio: 'pipe',
    });
  expect(start('before-lease-removal')).toBe('started\n');
  expect(() => start('after-lunch')).toThrow(/after-lunch is no crash point/);
  expect(frozenAt(wordsBeforeSleep('before-lease-removal'))).toBe('before-lease-removal');
  expect(frozenAt('freezes everything')).toBeUndefined();
});
