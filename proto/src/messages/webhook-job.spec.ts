import { validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { JsonText } from './json-text.ts';
import { decode, encode } from './wire.ts';
import { SubmitJob } from './job-commands.ts';
import type { JobFinished } from './job-finished.ts';
import { Notify } from './notify.ts';
import { WEBHOOK, webhookOf } from './webhook-job.ts';

const url = 'https://hooks.example/jobs';
const finished: JobFinished['job'] = {
  job_id: '019d3f9c-7a10-7cc0-8f2e-5b1d6a3e9c41',
  tenant: 'default',
  kind: 'primes',
  params: { n: 5 },
  priority: 'normal',
  status: 'failed',
  progress: 1,
  completed_chunks: 3,
  failed_chunks: 1,
  total_chunks: 4,
  detail: null,
  error: { code: 'compute_failed', message: 'chunk 2 failed 3 times', retryable: false },
  created_at: '2026-11-29T11:59:58.000Z',
  started_at: '2026-11-29T11:59:58.100Z',
  finished_at: '2026-11-29T12:00:00.000Z',
  duration_sec: 1.9,
  duplicate_results: 0,
  retries: 2,
  workers: {},
  tags: { team: 'web' },
  result: null,
};
const over = (more: Partial<JobFinished['job']>) => webhookOf({ ...finished, ...more });

describe('the webhook of a job that is over', () => {
  it('is there for the ends that are asked for', () => {
    expect(over({})).toBeUndefined();
    expect(over({ notify: { url } })).toBeDefined();
    expect(over({ notify: { url, on: ['failed'] } })).toBeDefined();
    expect(over({ notify: { url, on: ['completed', 'cancelled'] } })).toBeUndefined();
  });

  it('is a job of one chunk, which states what ended and how', () => {
    const submit = over({ notify: { url, secret: 'HOOK_KEY' } })!;
    expect(decode(SubmitJob, encode(submit))).toEqual(submit);
    expect(submit).toMatchObject({ kind: WEBHOOK.kind, chunks: 1, tenant: 'default', tags: { 'webhook-of': finished.job_id } });
    expect(submit.params).toEqual({
      url,
      secret: 'HOOK_KEY',
      event: {
        type: 'job.failed',
        timestamp: finished.finished_at,
        data: {
          job_id: finished.job_id,
          kind: 'primes',
          status: 'failed',
          round: 0,
          completed_chunks: 3,
          failed_chunks: 1,
          total_chunks: 4,
          error: finished.error,
          tags: { team: 'web' },
          created_at: finished.created_at,
          started_at: finished.started_at,
          finished_at: finished.finished_at,
          duration_sec: 1.9,
        },
      },
    });
    expect(JSON.stringify(submit.params)).not.toContain('"n":5');
  });

  it('is the same however often the end is published, and another after a requeue', () => {
    const id = (more: Partial<JobFinished['job']> = {}) => over({ notify: { url }, ...more })!.job_id;
    expect(id()).toBe(id({ detail: 'read again' }));
    expect(id()).not.toBe(id({ round: 1 }));
    expect(validate(id()) && version(id())).toBe(7);
  });

  it('carries a short answer alone', () => {
    const event = (result: unknown) =>
      (over({ status: 'completed', error: null, notify: { url }, result })!.params['event'] as { data: object }).data;
    expect(event(78_498)).toMatchObject({ result: 78_498 });
    expect(event('x'.repeat(limits.notifyResultCharsMax - 2))).toHaveProperty('result');
    expect(event('x'.repeat(limits.notifyResultCharsMax - 1))).not.toHaveProperty('result');
    expect(event(null)).not.toHaveProperty('result');
    expect(event(JSON.parse(`${'['.repeat(29)}${']'.repeat(29)}`))).toHaveProperty('result');
    expect(event(JSON.parse(`${'['.repeat(30)}${']'.repeat(30)}`))).not.toHaveProperty('result');
    expect(event(`"${'['.repeat(100)}`)).toHaveProperty('result');
  });

  it('carries it as it was written', () => {
    const submit = over({ status: 'completed', error: null, notify: { url }, result: new JsonText('{"a":1.50,"a":2e1}') })!;
    expect(new TextDecoder().decode(encode(submit))).toContain('"result":{"a":1.50,"a":2e1}');
    expect(over({ notify: { url }, result: new JsonText('[9007199254740993]') })!.params['event']).not.toHaveProperty(
      'data.result',
    );
    expect(
      over({ notify: { url }, result: new JsonText('["9007199254740993",0.12345678901234567]') })!.params['event'],
    ).toHaveProperty('data.result');
    expect(over({ notify: { url }, result: new JsonText('null') })!.params['event']).not.toHaveProperty('data.result');
  });

  it('asks for nothing of its own, so that no webhook makes another', () => {
    expect(over({ notify: { url } })).not.toHaveProperty('notify');
  });
});

it.each([
  'hooks.example',
  'ftp://hooks.example',
  'https://me@hooks.example',
  'https://:word@hooks.example',
  '',
  `https://a/${'x'.repeat(2_000)}`,
])('nothing is sent to %j', (wrong) => expect(Notify.safeParse({ url: wrong }).success).toBe(false));
