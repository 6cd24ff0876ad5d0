import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, limitBytes, limits, LOADS, mailboxSubjects, SubmitJob, type KindRegistration } from '@manyhands/proto';
import { aJobView, aKindRegistration, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await gateway.world.register(aKindRegistration({ kind: 'sum', params_schema: sumSchema, default_chunks: 8 }));
  await gateway.world.register(
    aKindRegistration({
      kind: 'primes',
      params_schema: {
        type: 'object',
        properties: { n: { type: 'integer', minimum: 2, maximum: 100_000_000_000 } },
        required: ['n'],
        additionalProperties: false,
      },
      default_chunks: 64,
    }),
  );
  await eventually(async () =>
    expect((await gateway.call('/v1/kinds')).json).toMatchObject({ kinds: [{ kind: 'primes' }, { kind: 'sum' }] }),
  );
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

/** A whole number, or as many digits in a string. */
const sumSchema: KindRegistration['params_schema'] = {
  type: 'object',
  properties: {
    n: {
      description: 'A whole number, or its digits as text.',
      anyOf: [
        { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
        { type: 'string', pattern: '^[1-9][0-9]{0,39}$' },
      ],
    },
  },
  required: ['n'],
  additionalProperties: false,
};

async function stored(jobId: string): Promise<SubmitJob> {
  const messages = await gateway.world.mailbox();
  const [message] = messages.filter(({ subject }) => subject === mailboxSubjects.submit(jobId));
  return decode(SubmitJob, message!.data);
}

describe('a good submission', () => {
  test('is in its mailbox when the 202 arrives, and says where the job is', async () => {
    const answer = await gateway.post({
      kind: 'primes',
      params: { n: 200_000 },
      chunks: 16,
      priority: 'high',
      on_dead_chunk: 'continue',
    });
    expect(answer.status).toBe(202);
    const { job_id: jobId } = answer.json as { job_id: string };
    expect(answer.json).toEqual({ job_id: jobId, status: 'pending', cached: false });
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${jobId}`);
    expect(await stored(jobId)).toEqual({
      v: 1,
      type: 'SubmitJob',
      job_id: jobId,
      tenant: 'local',
      kind: 'primes',
      params: { n: 200_000 },
      chunks: 16,
      lane: 'high',
      on_dead_chunk: 'continue',
      submitted_at: expect.stringMatching(/Z$/),
    });
  });

  test('in the bare form is the kind sum, with the defaults for what is not said', async () => {
    const answer = await gateway.post({ n: 10_000 });
    expect(answer.status).toBe(202);
    const { job_id: jobId } = answer.json as { job_id: string };
    expect(await stored(jobId)).toMatchObject({
      kind: 'sum',
      params: { n: 10_000 },
      chunks: 8,
      lane: 'normal',
      on_dead_chunk: 'fail',
    });
  });

  // Seen: some null fields were as good as absent, others refused.
  test('has no field that is null', async () => {
    const empty = {
      params: null,
      kind: null,
      chunks: null,
      priority: null,
      on_dead_chunk: null,
      max_attempts: null,
      soft_limit_sec: null,
      hard_limit_sec: null,
      run_at: null,
      cron: null,
      time_zone: null,
    };
    for (const body of [
      { ...empty, n: 10 },
      { ...empty, kind: 'sum', params: { n: 10 }, n: null },
    ]) {
      const answer = await gateway.post(body);
      expect(answer, answer.text).toMatchObject({ status: 202 });
      expect(await stored((answer.json as { job_id: string }).job_id)).toMatchObject({
        kind: 'sum',
        params: { n: 10 },
        chunks: 8,
        lane: 'normal',
      });
    }
    expect(await gateway.post({ ...empty, n: null })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['body', 'n'], type: 'missing' }] },
    });
    expect(await gateway.post({ n: 10, other: null })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['body', 'other'] }] },
    });
  });

  test.each([
    [
      { max_attempts: 5, soft_limit_sec: 10, hard_limit_sec: 12.5 },
      { max_attempts: 5, soft_limit_sec: 10, hard_limit_sec: 12.5 },
    ],
    [{ soft_limit_sec: 1_000 }, { soft_limit_sec: 1_000, hard_limit_sec: 1_000 }],
    [{ hard_limit_sec: 60 }, { soft_limit_sec: 60, hard_limit_sec: 60 }],
  ])('keeps the limits %j as a pair that fits', async (asked, kept) => {
    const answer = await gateway.post({ n: 10, ...asked });
    expect(await stored((answer.json as { job_id: string }).job_id)).toMatchObject(kept);
  });

  test('keeps an integer that no JSON number can hold when it is sent as a string', async () => {
    const answer = await gateway.post({ kind: 'sum', params: { n: '1000000000000000001' } });
    expect(answer.status).toBe(202);
    expect(await stored((answer.json as { job_id: string }).job_id)).toMatchObject({ params: { n: '1000000000000000001' } });
  });
});

describe('bad input', () => {
  const rows: [what: string, body: unknown, status: number, detail: unknown][] = [
    ['a parameter below its range', { n: 0 }, 400, expect.stringMatching(/^n must be between 1 and 9007199254740991/)],
    ['a parameter above its range', { kind: 'primes', params: { n: 1e12 } }, 400, 'n must be between 2 and 100000000000.'],
    ['an unknown kind', { kind: 'prime', params: { n: 10 } }, 400, 'Unknown kind "prime"; known kinds: primes, sum.'],
    ['0 chunks', { n: 10, chunks: 0 }, 400, `chunks must be between 1 and ${limits.chunkCountMax}.`],
    [
      'too many chunks',
      { n: 10, chunks: limits.chunkCountMax + 1 },
      400,
      `chunks must be between 1 and ${limits.chunkCountMax}.`,
    ],
    ['no attempts', { n: 10, max_attempts: 0 }, 400, 'max_attempts must be between 1 and 10.'],
    [
      'a soft limit above the hard one',
      { n: 10, soft_limit_sec: 20, hard_limit_sec: 10 },
      400,
      'soft_limit_sec (20) must not be more than hard_limit_sec (10).',
    ],
    ['a limit beyond a day', { n: 10, hard_limit_sec: 86_401 }, 400, 'hard_limit_sec must be between 0.1 and 86400 seconds.'],
    [
      'a limit as text',
      { n: 10, soft_limit_sec: '9' },
      422,
      [{ loc: ['body', 'soft_limit_sec'], msg: 'must be a number', type: 'float_type' }],
    ],
    ['broken JSON', '{"n":1', 400, expect.stringMatching(/^The body is not JSON .*send an object like/)],
    [
      'an empty body',
      '',
      422,
      [{ loc: ['body'], msg: expect.stringMatching(/^must be a JSON object like/), type: 'object_type' }],
    ],
    ['a key into prototypes', '{"n":10,"__proto__":{"x":1}}', 400, expect.stringContaining('"__proto__"')],
    [
      'a parameter of the wrong type',
      { kind: 'primes', params: { n: 'many' } },
      422,
      [{ loc: ['body', 'params', 'n'], msg: 'must be integer', type: 'int_type' }],
    ],
    [
      'a bare parameter of the wrong type',
      { n: [1] },
      422,
      [{ loc: ['body', 'n'], msg: 'must be integer or string', type: 'int_type' }],
    ],
    [
      'text that is no number',
      { kind: 'sum', params: { n: 'many' } },
      400,
      'n is not right: A whole number, or its digits as text.',
    ],
    [
      'a missing parameter',
      { kind: 'primes', params: {} },
      422,
      [{ loc: ['body', 'params', 'n'], msg: 'field required', type: 'missing' }],
    ],
    [
      'an unknown parameter',
      { kind: 'primes', params: { n: 10, m: 1 } },
      422,
      [{ loc: ['body', 'params', 'm'], msg: 'unknown field; take it out (known: n)', type: 'extra_forbidden' }],
    ],
    ['an empty object', {}, 422, [{ loc: ['body', 'n'], msg: expect.stringMatching(/^field required/), type: 'missing' }]],
    [
      'params without a kind',
      { params: { n: 10 } },
      422,
      [{ loc: ['body', 'kind'], msg: expect.stringMatching(/^field required/), type: 'missing' }],
    ],
    [
      'n beside a kind',
      { kind: 'primes', n: 10 },
      422,
      [{ loc: ['body', 'n'], msg: expect.stringContaining('"params"'), type: 'extra_forbidden' }],
    ],
    [
      'an unknown field',
      { n: 10, chunk: 8 },
      422,
      [{ loc: ['body', 'chunk'], msg: expect.stringMatching(/^unknown field/), type: 'extra_forbidden' }],
    ],
    [
      'chunks as text',
      { n: 10, chunks: '8' },
      422,
      [{ loc: ['body', 'chunks'], msg: 'must be a whole number', type: 'int_type' }],
    ],
    ['half a chunk', { n: 10, chunks: 1.5 }, 422, [{ loc: ['body', 'chunks'], msg: 'must be a whole number', type: 'int_type' }]],
    [
      'a priority that is none',
      { n: 10, priority: 'urgent' },
      422,
      [{ loc: ['body', 'priority'], msg: 'must be one of high, normal, low', type: 'enum' }],
    ],
    [
      'a policy that is none',
      { n: 10, on_dead_chunk: 'ignore' },
      422,
      [{ loc: ['body', 'on_dead_chunk'], msg: 'must be one of fail, continue', type: 'enum' }],
    ],
    [
      'a kind that is no name',
      { kind: 7, params: {} },
      422,
      [{ loc: ['body', 'kind'], msg: 'must be a string', type: 'string_type' }],
    ],
    [
      'params that are no object',
      { kind: 'sum', params: [1] },
      422,
      [{ loc: ['body', 'params'], msg: 'must be a JSON object', type: 'object_type' }],
    ],
    ['a list', [1, 2], 422, [{ loc: ['body'], msg: expect.stringMatching(/^must be a JSON object/), type: 'object_type' }]],
    ['null', 'null', 422, [{ loc: ['body'], msg: expect.stringMatching(/^must be a JSON object/), type: 'object_type' }]],
    [
      'an integer that would be rounded',
      '{"n":1000000000000000001}',
      422,
      [{ loc: ['body', 'n'], msg: expect.stringContaining('send it as a string'), type: 'int_too_large' }],
    ],
    [
      'a field in other letters',
      { n: 10, timezone: 'UTC', cron: '@daily' },
      422,
      [
        {
          loc: ['body', 'timezone'],
          msg: expect.stringMatching(
            /^unknown field; did you mean "time_zone"\? .*\(known: kind, params, n, .*run_at, cron, time_zone\)$/,
          ),
          type: 'extra_forbidden',
        },
      ],
    ],
    [
      'a whole number spelled as a fraction that would be rounded',
      '{"kind":"sum","params":{"n":9007199254740993.0}}',
      422,
      [
        {
          loc: ['body', 'params', 'n'],
          msg: expect.stringContaining('would be rounded to 9007199254740992; send it as a string'),
          type: 'inexact_number',
        },
      ],
    ],
    [
      'a key sent twice',
      '{"n":10,"n":10}',
      422,
      [{ loc: ['body', 'n'], msg: 'is given twice; send it once', type: 'repeated_key' }],
    ],
    ['100,000 brackets', '['.repeat(100_000), 400, expect.stringMatching(/^The body is nested deeper than 500/)],
    [
      'a body that no order can fill',
      `{"n":10,"x":[${'1,'.repeat(100_000)}1]}`,
      413,
      expect.stringMatching(/^The body holds more than 73728 characters/),
    ],
    [
      'a name like a method of objects',
      { kind: 'constructor', params: {} },
      400,
      expect.stringMatching(/^Unknown kind "constructor"/),
    ],
    // Seen: 64 characters were a name here and 32 in every message, so it was an unknown kind.
    ...[`${'k'.repeat(33)}`, 'Sum', 'a b'].map((kind): [string, object, number, unknown] => [
      `the name "${kind}"`,
      { kind, params: {} },
      422,
      [{ loc: ['body', 'kind'], msg: expect.stringMatching(/^must be 1 to 32 lower-case letters/), type: 'string_pattern' }],
    ]),
    [
      'params nested too deep',
      { kind: 'sum', params: nested(limits.paramsDepthMax + 1) },
      422,
      [{ loc: ['body', 'params'], msg: 'must not be nested deeper than 32', type: 'too_deep' }],
    ],
    [
      'params that are too large',
      { kind: 'sum', params: { n: 'x'.repeat(limits.paramsBytesMax) } },
      413,
      expect.stringMatching(/^params is \d+ bytes as JSON; at most 65536/),
    ],
    [
      'a 10 MB body',
      `{"n":"${'x'.repeat(10_000_000)}"}`,
      413,
      expect.stringMatching(/^The body is larger than 1 MiB; send less/),
    ],
  ];

  test.each(rows)(
    '%s is refused with a detail that says what to do, and nothing reaches a stream',
    async (_what, body, status, detail) => {
      const before = (await gateway.world.mailbox()).length;
      const answer = await gateway.post(body);
      expect(answer.status).toBe(status);
      expect(answer.json).toEqual({ detail });
      expect(await gateway.world.mailbox()).toHaveLength(before);
      expect(({} as { x?: number }).x).toBeUndefined();
    },
  );

  test('a body of 10 MB is refused in words, however long the client goes on sending', async () => {
    const body = JSON.stringify({ kind: 'sum', params: { n: 1, pad: 'x'.repeat(10 * 1024 ** 2) } });
    for (let time = 0; time < 20; time += 1) {
      expect(await gateway.post(body)).toMatchObject({ status: 413, json: { detail: expect.stringContaining('1 MiB') } });
    }
  });

  // Seen: "The body is not UTF-8".
  test('a compressed body is refused as that', async () => {
    const answer = await gateway.call('/v1/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync('{"kind":"sum","params":{"n":10}}'),
    });
    expect(answer).toMatchObject({ status: 415, json: { detail: expect.stringContaining('without "Content-Encoding: gzip"') } });
    const plain = await gateway.post('{"kind":"sum","params":{"n":10}}', { headers: { 'content-encoding': 'identity' } });
    expect(plain.status).toBe(202);
  });

  test('a body sent as text is refused', async () => {
    const answer = await gateway.call('/v1/jobs', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"n":10}',
    });
    expect(answer).toMatchObject({ status: 415, json: { detail: expect.stringContaining('Content-Type: application/json') } });
  });
});

function nested(depth: number): object {
  let value: object = {};
  for (let at = 0; at < depth; at += 1) value = { n: value };
  return value;
}

describe('a system that is full', () => {
  /** Fills a stream to 95 %, whatever is in it. */
  async function fill(stream: string, subject: string): Promise<{ empty(): Promise<void> }> {
    const { broker } = gateway.world;
    const { config } = await broker.manager.streams.info(stream);
    for (let count = 0; count < 20; count += 1)
      await broker.jetstream.publish(`${subject}.fill-${count}`, new Uint8Array(50_000));
    const { state } = await broker.manager.streams.info(stream);
    await broker.manager.streams.update(stream, { max_bytes: Math.ceil(state.bytes / 0.95) });
    return {
      async empty() {
        for (let count = 0; count < 20; count += 1)
          await broker.manager.streams.purge(stream, { filter: `${subject}.fill-${count}` });
        await broker.manager.streams.update(stream, { max_bytes: config.max_bytes });
      },
    };
  }

  // Seen: 202 while bucket jobs was full, and the job could never be shown.
  test.each([
    ['KV_jobs', '$KV.jobs.other', /bucket jobs holds .* MB.*raise MANYHANDS_STORAGE_GB or lower MANYHANDS_RETENTION_HOURS/],
    ['KV_job_state', '$KV.job_state', /bucket job_state holds/],
    ['MAILBOX', 'job.00.filling.result', /stream MAILBOX holds/],
    ['WORK', 'work.none.low', /stream WORK holds .*start more workers/],
    ['TIMERS', 'timer.due.00.filling', /stream TIMERS holds/],
  ])(
    '%s: new jobs are 503 with Retry-After before it is, and what was accepted still has room',
    async (stream, subject, sentence) => {
      const { job_id: accepted } = (await gateway.post({ n: 10 })).json as { job_id: string };
      const filled = await fill(stream, subject);
      try {
        const refused = await eventually(async () => {
          const answer = await gateway.post({ n: 11 });
          expect(answer.status).toBe(503);
          return answer;
        });
        expect(refused.json).toMatchObject({
          detail: expect.stringMatching(/^The job was not stored because the system is full: /),
        });
        expect(refused.json).toMatchObject({ detail: expect.stringMatching(sentence) });
        expect(refused.headers.get('retry-after')).toBe('10');
        const stored = (await gateway.world.mailbox()).length;
        expect((await gateway.post({ n: 11 })).status).toBe(503);
        expect((await gateway.world.mailbox()).length).toBe(stored);
        await gateway.world.save(aJobView({ job_id: accepted, status: 'completed' }));
        expect((await gateway.call(`/v1/jobs/${accepted}`)).json).toMatchObject({ status: 'completed' });
      } finally {
        await filled.empty();
      }
      await eventually(async () => expect((await gateway.post({ n: 12 })).status).toBe(202));
    },
  );

  test('of the smallest size takes jobs until it refuses them, and each that it took finds room for its view, its end and a command', async () => {
    const small = await startNatsServer({ syncAlways: false });
    const tiny = await startFixture(small.url, { storageGb: 0.05 });
    try {
      await tiny.world.register(aKindRegistration());
      await eventually(async () => expect((await tiny.post({ n: 10 })).status).toBe(202));
      const accepted: string[] = [];
      let refused = 0;
      while (refused < 100) {
        const answers = await Promise.all(Array.from({ length: 50 }, () => tiny.post({ n: 10 })));
        for (const { status, json } of answers) {
          expect([202, 503]).toContain(status);
          if (status === 202) accepted.push((json as { job_id: string }).job_id);
          else refused += 1;
        }
      }
      expect(accepted.length).toBeGreaterThan(1_000);
      const { broker } = tiny.world;
      expect((await broker.manager.streams.info('KV_jobs')).config.max_bytes).toBe(limitBytes(LOADS.jobs, 0.05));
      for (const status of ['running', 'completed'] as const) {
        for (let from = 0; from < accepted.length; from += 200) {
          await Promise.all(accepted.slice(from, from + 200).map((id) => tiny.world.save(aJobView({ job_id: id, status }))));
        }
        expect((await tiny.call(`/v1/jobs/${accepted[0]}`)).json).toMatchObject({ status });
        if (status === 'running') expect((await tiny.call(`/v1/jobs/${accepted.at(-1)}`, { method: 'DELETE' })).status).toBe(204);
      }
    } finally {
      await tiny.stop();
      await small.stop();
    }
  }, 120_000);
});

describe('a task of several versions', () => {
  const kindOf = async (body: object) => {
    const { status, json } = await gateway.post(body);
    expect(status).toBe(202);
    return (await stored((json as { job_id: string }).job_id)).kind;
  };

  test('is its newest one that a worker computes, with what that has as its own; without workers its job waits', async () => {
    const report = { params_schema: { type: 'object' }, default_chunks: 3 };
    await gateway.world.register(aKindRegistration({ ...report, kind: 'report' }));
    await gateway.world.register(
      aKindRegistration({ ...report, kind: 'report-v2', version: 2, defaults: { max_attempts: 7, soft_limit_sec: 30 } }),
    );
    await eventually(async () => expect(await kindOf({ kind: 'report', params: {} })).toBe('report-v2'));
    await gateway.world.beat(aWorkerHeartbeat({ worker: 'old', kinds: ['report'] }));
    await eventually(async () => expect(await kindOf({ kind: 'report', params: {} })).toBe('report'));
    await gateway.world.beat(aWorkerHeartbeat({ worker: 'new', kinds: ['report-v2'] }));
    await eventually(async () => expect(await kindOf({ kind: 'report', params: {} })).toBe('report-v2'));
    const { json } = await gateway.post({ kind: 'report-v2', params: {}, max_attempts: 2 });
    expect(await stored((json as { job_id: string }).job_id)).toMatchObject({
      kind: 'report-v2',
      chunks: 3,
      max_attempts: 2,
      soft_limit_sec: 30,
      hard_limit_sec: limits.hardLimitSec,
    });
  });
});

describe('whom to notify', () => {
  const url = 'https://hooks.example/jobs';

  test.each([
    ['hooks.example'],
    ['https://me:word@hooks.example'],
    [7],
    [{}],
    [{ url, on: [] }],
    [{ url, on: ['done'] }],
    [{ url, secret: 'a b' }],
    [{ url, method: 'GET' }],
  ])('%j is refused', async (notify) => {
    expect(await gateway.post({ n: 10, notify })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['body', 'notify'], msg: expect.stringContaining(`{"url":"${url}","on":["failed"]}`) as string }] },
    });
  });

  test('is kept with the job, once a worker computes webhooks', async () => {
    const refused = await gateway.post({ n: 10, notify: url });
    expect(refused).toMatchObject({ status: 400, json: { detail: expect.stringContaining('the kind webhook') as string } });
    await gateway.world.register(aKindRegistration({ kind: 'webhook' }));
    await eventually(async () =>
      expect((await gateway.call('/v1/kinds')).json).toMatchObject({
        kinds: expect.arrayContaining([expect.objectContaining({ kind: 'webhook' })]) as object[],
      }),
    );
    const { json } = await gateway.post({ n: 10, notify: url });
    const { job_id: id } = json as { job_id: string };
    expect(await stored(id)).toMatchObject({ notify: { url } });
    const more = await gateway.post({ n: 10, notify: { url, on: ['failed'], secret: 'HOOK_KEY' } });
    expect(await stored((more.json as { job_id: string }).job_id)).toMatchObject({
      notify: { url, on: ['failed'], secret: 'HOOK_KEY' },
    });
    expect((await gateway.call(`/v1/jobs/${id}`)).json).toMatchObject({ notify: { url } });
  });
});
