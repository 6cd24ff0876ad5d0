import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { events, jobId, json, kinds, run, viewOf, type Answers } from './world.fixture.ts';

const accepted = { job_id: jobId, status: 'pending', cached: false };

/** A job of `pi` that goes through these states. */
function jobOf(...views: object[]): Answers {
  return {
    'GET /v1/kinds': kinds,
    'POST /v1/jobs': accepted,
    [`GET /v1/jobs/${jobId}`]: views.at(-1)!,
    [`GET /v1/jobs/${jobId}/events`]: events(views),
  };
}
const running = viewOf({ status: 'running', progress: 0.5, completed_chunks: 4, result: null });

describe('exit codes', () => {
  it('0: completed; standard output is the result and nothing else', async () => {
    const { code, out, err } = await run(['run', 'pi', '--throws', '1e3'], { answers: jobOf(running, viewOf()) });
    expect({ code, out }).toEqual({ code: 0, out: '{"pi":3.14}\n' });
    expect(err).toBe(`pi: job ${jobId}\n8 chunks done in 2.0 s\n`);
  });

  it('1: failed or cancelled, with the reason', async () => {
    const failed = viewOf({ status: 'failed', result: null, error: { code: 'chunk_failed', message: 'no darts' } });
    const ran = await run(['run', 'pi'], { answers: jobOf(failed) });
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain('The job failed in 2.0 s: 8 chunks done. no darts');
    const commands = viewOf({
      status: 'failed',
      result: null,
      error: { code: 'chunk_failed', message: 'no\u001b[2J\u001b[31m \u0000darts\r\nat all' },
    });
    expect((await run(['run', 'pi'], { answers: jobOf(commands) })).err).toContain('8 chunks done. no  darts at all\n');
    expect((await run(['watch', jobId], { answers: jobOf(viewOf({ status: 'cancelled' })) })).code).toBe(1);
  });

  it('1: what is not there', async () => {
    expect(await run(['get', jobId])).toMatchObject({ code: 1, out: '' });
  });

  it.each([
    [['bogus'], "unknown command 'bogus'"],
    [[], 'Usage: manyhands'],
    [['run'], "missing required argument 'kind'"],
    [['ls', '--nope'], "unknown option '--nope'"],
    [['ls', '--status', 'odd'], 'is invalid'],
    [['ls', '--limit', 'x'], '--limit must be a whole number (it is "x").'],
    [['run', 'pi', '--throw', '3'], 'pi has no parameter --throw. It takes --throws'],
    [['run', 'pie'], 'There is no kind "pie". There are: pi.'],
    [['run', 'pi', '--params', '[1]'], '--params must be a JSON object'],
    [['run', 'pi', '--params', '@no.json'], '--params @no.json cannot be read'],
    [['run', 'pi', '--high', '--low'], '--high and --low exclude each other.'],
    [['run', 'pi', '--timeout', 'soon'], 'A time is a number with a unit'],
    [['get', 'xyz'], '"xyz" is no job id, and no part of one.'],
    [['cancel'], 'Name the jobs, or choose them'],
    [['cancel', '--status', 'running'], 'There is no terminal to ask at: add --yes.'],
    [['delete'], 'Name the jobs, or choose them'],
    [['config', 'rm', 'frm'], 'There is no profile "frm".'],
    [['config', 'use', 'toString'], 'There is no profile "toString".'],
    [['--url', 'localhost', 'ls'], 'must be one like http://127.0.0.1:8000'],
  ])('2: %j', async (args, sentence) => {
    const answers: Answers = { 'GET /v1/kinds': kinds, 'GET /v1/jobs': { jobs: [running], next_cursor: null } };
    const { code, out, err } = await run(args, { answers });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('2: parameters that the schema refuses, named as options', async () => {
    const detail = [{ loc: ['body', 'params', 'throws'], msg: 'must be at least 1', type: 'value_error' }];
    const answers = { ...jobOf(viewOf()), 'POST /v1/jobs': () => json(422, { detail }) };
    expect(await run(['run', 'pi', '--throws', '0'], { answers })).toEqual({
      code: 2,
      out: '',
      err: '--throws: must be at least 1\n',
    });
  });

  it('3: no answer, or none that helps', async () => {
    const away = await run(['ls'], { answers: { 'GET /v1/jobs': () => Promise.reject(new TypeError('fetch failed')) } });
    expect(away).toEqual({
      code: 3,
      out: '',
      err: 'No Manyhands answers at http://gateway. Start one with "npx manyhands dev", or name another with --url or MANYHANDS_URL.\n',
    });
    const busy = await run(['ls'], {
      answers: { 'GET /v1/jobs': () => json(503, { detail: 'NATS is away.' }, { 'retry-after': '2' }) },
    });
    expect(busy).toEqual({ code: 3, out: '', err: 'NATS is away. Try again in 2 s.\n' });
  });

  it('4: not allowed', async () => {
    for (const status of [401, 403])
      expect(await run(['ls'], { answers: { 'GET /v1/jobs': () => json(status, { detail: 'Not you.' }) } })).toMatchObject({
        code: 4,
        out: '',
      });
  });

  it('5: completed with failures; --allow-failures: 0', async () => {
    const holed = viewOf({ completed_chunks: 6, failed_chunks: 2 });
    const ran = await run(['run', 'pi'], { answers: jobOf(holed) });
    expect(ran).toMatchObject({ code: 5, out: '{"pi":3.14}\n' });
    expect(ran.err).toContain(`6 chunks done, 2 failed in 2.0 s\n  which and why: manyhands failures ${jobId}\n`);
    expect(await run(['run', 'pi', '--allow-failures'], { answers: jobOf(holed) })).toMatchObject({
      code: 0,
      out: '{"pi":3.14}\n',
    });
    expect((await run(['watch', jobId], { answers: jobOf(holed) })).code).toBe(5);
  });

  it('124: the time is up; the job goes on', async () => {
    const answers = { ...jobOf(running), [`GET /v1/jobs/${jobId}/events`]: events([running], { open: true }) };
    const { code, out, err } = await run(['run', 'pi', '--timeout', '20ms'], { answers });
    expect({ code, out }).toEqual({ code: 124, out: '' });
    expect(err).toContain(
      `The job goes on: ${jobId}\n  follow it: manyhands watch ${jobId}\n  cancel it: manyhands cancel ${jobId}\n`,
    );
  });

  it('130: Ctrl-C; the job goes on', async () => {
    const stop = new AbortController();
    const answers = {
      ...jobOf(running),
      [`GET /v1/jobs/${jobId}/events`]: (request: { signal: AbortSignal | undefined }) => {
        setImmediate(() => stop.abort());
        return events([running], { open: true })(request);
      },
    };
    const { code, out, err } = await run(['run', 'pi'], { answers, interrupt: stop.signal });
    expect({ code, out }).toEqual({ code: 130, out: '' });
    expect(err).toContain(`cancel it: manyhands cancel ${jobId}\n`);
  });
});

it.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('130: %s at a question, and nothing is changed', async (_, key) => {
  const answers: Answers = { 'GET /v1/jobs': { jobs: [running], next_cursor: null } };
  const { code, out, err } = await run(['cancel', '--status', 'running'], { answers, tty: true, stdin: key });
  expect({ code, out }).toEqual({ code: 130, out: '' });
  expect(err).toMatch(/cancel 1 job\? \[y\/N\] [^]*\n$/);
  expect(err).not.toContain('Aborted');
});

describe('what is sent', () => {
  it('is what the options state', async () => {
    const sent: unknown[] = [];
    const answers = {
      ...jobOf(viewOf()),
      'POST /v1/jobs': ({ body, headers }: { body: unknown; headers: Headers }) => {
        sent.push(body, headers.get('idempotency-key'), headers.get('authorization'));
        return json(202, accepted);
      },
    };
    const options = [
      '--chunks',
      '4',
      '--high',
      '--attempts',
      '2',
      '--soft-limit',
      '1.5',
      '--hard-limit',
      '3',
      '--on-dead',
      'continue',
      '--key',
      'k',
    ];
    const args = ['run', 'pi', '--params', '{"throws":1,"more":2}', '--throws', '7', ...options, '--detach'];
    expect(await run(args, { answers, env: { MANYHANDS_TOKEN: 'secret' } })).toEqual({ code: 0, out: `${jobId}\n`, err: '' });
    expect(sent).toEqual([
      {
        kind: 'pi',
        params: { throws: 7, more: 2 },
        chunks: 4,
        priority: 'high',
        max_attempts: 2,
        soft_limit_sec: 1.5,
        hard_limit_sec: 3,
        on_dead_chunk: 'continue',
      },
      'k',
      'Bearer secret',
    ]);
  });

  it('is what a file holds, also one that an editor of Windows wrote', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'manyhands params '));
    writeFileSync(join(cwd, 'my params.json'), '\ufeff{\r\n  "throws": 5\r\n}\r\n');
    const sent: unknown[] = [];
    const answers = {
      ...jobOf(viewOf()),
      'POST /v1/jobs': ({ body }: { body: unknown }) => (sent.push(body), json(202, accepted)),
    };
    expect(await run(['run', 'pi', '--params', '@my params.json', '--detach'], { answers, cwd })).toMatchObject({ code: 0 });
    expect(sent).toEqual([{ kind: 'pi', params: { throws: 5 } }]);
  });

  it('is refused where a number would become another one, and nothing is sent', async () => {
    const given = [
      ['--throws', '9007199254740993'],
      ['--params', '{"throws":9007199254740993}'],
    ];
    for (const [option = '', value = ''] of given) {
      const { code, err } = await run(['run', 'pi', option, value], { answers: { 'GET /v1/kinds': kinds } });
      expect([code, err]).toEqual([
        2,
        expect.stringContaining(`${option}: 9007199254740993 would be rounded to 9007199254740992`),
      ]);
    }
  });

  it('an option of all commands may stand anywhere', async () => {
    const answers = jobOf(viewOf());
    for (const args of [
      ['--json', 'run', 'pi', '--throws', '1'],
      ['run', 'pi', '--throws', '1', '--json'],
    ])
      expect(JSON.parse((await run(args, { answers })).out)).toMatchObject({ job_id: jobId, result: { pi: 3.14 } });
  });
});

describe('ids', () => {
  const other = '01a223b2-6025-77d0-9b48-a5c0d52f0000';
  const answers: Answers = {
    'GET /v1/kinds': kinds,
    'POST /v1/jobs': accepted,
    'GET /v1/jobs': { jobs: [viewOf(), viewOf({ job_id: other })], next_cursor: null },
    [`GET /v1/jobs/${jobId}`]: viewOf(),
  };
  const get = (typed: string, env = {}) => run(['get', typed, '--json'], { answers, env });

  it('may be shortened at either end, and - is the last one', async () => {
    expect(JSON.parse((await get('bb94')).out)).toMatchObject({ job_id: jobId });
    expect(JSON.parse((await get('01a223b2-6025-77d0-9b48-a5c0d52fb')).out)).toMatchObject({ job_id: jobId });
    expect(JSON.parse((await get(jobId.toUpperCase())).out)).toMatchObject({ job_id: jobId });
    expect((await get('-', { XDG_CONFIG_HOME: '/nowhere/at/all' })).err).toContain('No job was submitted from here yet');
    await run(['run', 'pi', '--detach'], { answers });
    expect(JSON.parse((await get('-')).out)).toMatchObject({ job_id: jobId });
  });

  it('must name one', async () => {
    expect(await get('01a2')).toMatchObject({ code: 2, err: `2 jobs match 01a2: ${jobId}, ${other}. Type more of the id.\n` });
    expect(await get('ffff')).toMatchObject({ code: 1, err: 'No job matches ffff. "manyhands ls" lists the jobs.\n' });
  });
});

describe('standard output', () => {
  it('is a table with headings for a person, and rows alone for a program', async () => {
    const answers = { 'GET /v1/jobs': { jobs: [viewOf()], next_cursor: null } };
    expect((await run(['ls'], { answers, tty: true })).out).toMatch(/^JOB +KIND +STATUS .*\n01a223b2/);
    expect((await run(['ls'], { answers })).out).toMatch(/^01a223b2\S+ {2}pi {2}completed {2}100 % {2}0 {2}8 {2}\S+ \S+\n$/);
    expect(JSON.parse((await run(['ls', '--json'], { answers })).out)).toMatchObject([{ job_id: jobId }]);
  });

  it('is whole on a terminal that states no width', async () => {
    const answers = { 'GET /v1/jobs': { jobs: [viewOf()], next_cursor: null } };
    expect((await run(['ls'], { answers, tty: true, columns: 0 })).out).toContain(`${jobId}  pi    completed`);
    const { err } = await run(['run', 'pi'], { answers: jobOf(running, viewOf()), tty: true, columns: 0 });
    expect(err).toMatch(/\r\u001b\[2Kpi ▕.*4\/8 chunks/);
  });

  it('of run is all that a job computed, also an answer that is stored apart, and lines', async () => {
    const stored = viewOf({ result: null, stored: { name: 'o-m1-x', from: 0, bytes: 300_000 } });
    const large = { ...jobOf(stored), [`GET /v1/jobs/${jobId}/result`]: { rows: [1, 2] } };
    expect(await run(['run', 'pi'], { answers: large })).toMatchObject({ code: 0, out: '{"rows":[1,2]}\n' });
    const lines = '{"index":0,"output":1}\n{"index":1,"output":2}\n';
    const many = {
      ...jobOf(viewOf({ output: 'lines', result: null })),
      [`GET /v1/jobs/${jobId}/results`]: () => new Response(lines),
    };
    expect(await run(['run', 'pi'], { answers: many })).toMatchObject({ code: 0, out: lines });
  });

  it('is one JSON document with --json, and a line for each state with watch --json', async () => {
    for (const [args, path, answer] of [
      [['kinds'], '/v1/kinds', kinds],
      [['workers'], '/v1/workers', { workers: [] }],
      [['dead'], '/v1/dead-letters', { dead_letters: [], next_cursor: null }],
      [['schedules'], '/v1/schedules', { schedules: [], next_cursor: null }],
      [['queues'], '/v1/queues', { queues: [], jobs: {}, dead_letters: 0, mailbox_waiting: 0, chunks_per_sec: 0 }],
      [['config'], '', {}],
    ] as const) {
      const { code, out } = await run([...args, '--json'], { answers: { [`GET ${path}`]: answer } });
      expect({ args, code, out: typeof JSON.parse(out) }).toEqual({ args, code: 0, out: 'object' });
    }
    const watched = await run(['watch', jobId, '--json'], { answers: jobOf(running, viewOf()) });
    expect(
      watched.out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { status: string }).status),
    ).toEqual(['running', 'completed']);
  });

  it.each([
    [
      ['kinds', 'rm', 'pi', 'tau'],
      [{ kind: 'pi' }, { kind: 'tau' }],
    ],
    [['dead', 'rm', 'letter'], [{ id: 'letter' }]],
    [['workers', 'drain', 'w-1'], [{ worker: 'w-1' }]],
    [
      ['schedules', 'pause', 'a', 'b'],
      [{ schedule_id: 'a' }, { schedule_id: 'b' }],
    ],
    [['schedules', 'resume', 'a'], [{ schedule_id: 'a' }]],
    [['schedules', 'rm', 'a'], [{ schedule_id: 'a' }]],
    [['share', jobId, '--revoke', 's'], { share_id: 's' }],
    [['config', 'set', 'farm', '--url', 'https://farm.example'], { name: 'farm' }],
    [['config', 'use', 'farm'], { name: 'farm' }],
    [['--profile', 'farm', 'logout'], { profile: null }],
    [['config', 'rm', 'farm'], { name: 'farm' }],
  ])('is one JSON document with --json, too, of what is changed: %j', async (args, document) => {
    const none = (): Response => new Response(null, { status: 204 });
    const answers: Answers = {
      'DELETE /v1/kinds/pi': none,
      'DELETE /v1/kinds/tau': none,
      'DELETE /v1/dead-letters/letter': none,
      'POST /v1/workers/w-1/drain': () => json(202, {}),
      ...Object.fromEntries(['a', 'b'].map((id) => [`POST /v1/schedules/${id}/pause`, {}])),
      'POST /v1/schedules/a/resume': {},
      'DELETE /v1/schedules/a': none,
      [`DELETE /v1/jobs/${jobId}/shares/s`]: none,
    };
    const env = { XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'manyhands-cli-')) };
    await run(['config', 'set', 'farm', '--url', 'https://farm.example'], { env });
    const { code, out, err } = await run([...args, '--json'], { answers, env });
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject(document);
  });

  it('shows nothing that a terminal would take for a command', async () => {
    const answers = { 'GET /v1/jobs': { jobs: [viewOf({ kind: 'a\u001b[2J\u0007b\nc' })], next_cursor: null } };
    expect((await run(['ls'], { answers })).out).toContain('  a b c  ');
  });
});

it('a live line is drawn on a terminal alone, and is gone at the end', async () => {
  const { out, err } = await run(['run', 'pi'], { answers: jobOf(running, viewOf()), tty: true });
  expect(err).toMatch(/\r\u001b\[2Kpi ▕.*50 %.*4\/8 chunks.*\r\u001b\[2K8 chunks done/s);
  expect(JSON.parse(out)).toEqual({ pi: 3.14 });
});

it('changes several jobs; what one refuses keeps no other from it', async () => {
  const other = '01a223b2-6025-77d0-9b48-a5c0d52f0000';
  const answers: Answers = {
    'GET /v1/jobs': { jobs: [viewOf(), viewOf({ job_id: other })], next_cursor: null },
    [`POST /v1/jobs/${jobId}/requeue`]: () => json(409, { detail: 'Nothing is dead.' }),
    [`POST /v1/jobs/${other}/requeue`]: { job_id: other, status: 'running', round: 1 },
  };
  const { code, out, err } = await run(['requeue', '--kind', 'pi', '--yes', '--json'], { answers });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual([
    { job_id: jobId, error: 'Nothing is dead.' },
    { job_id: other, round: 1 },
  ]);
  expect(err).toBe(`${jobId}: Nothing is dead.\n${other} runs its dead chunks again\n`);
});

it('orders workers to drain, one after the other, and ends at one that is not there', async () => {
  const answers: Answers = {
    'POST /v1/workers/w-1/drain': { worker: 'w-1', draining: true },
    'POST /v1/workers/w-2/drain': () => json(404, { detail: 'No live worker is called "w-2".' }),
  };
  const { code, out, err } = await run(['workers', 'drain', 'w-1', 'w-2'], { answers });
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(/^w-1 takes no more leases; .*\nNo live worker is called "w-2"\.\n$/);
});

it('keeps profiles, and prints no token', async () => {
  const env = { MANYHANDS_URL: '' };
  expect(
    (await run(['config', 'set', 'farm', '--url', 'https://farm.example', '--token', '-'], { env, stdin: 's3cret\n' })).code,
  ).toBe(0);
  const { out } = await run(['config', '--json'], { env });
  expect(JSON.parse(out)).toEqual([{ name: 'farm', url: 'https://farm.example', has_token: true, current: true }]);
  const sent: (string | null)[] = [];
  const answers: Answers = {
    'GET /v1/workers': ({ url, headers }) => {
      sent.push(url.origin, headers.get('authorization'));
      return json(200, { workers: [] });
    },
  };
  await run(['workers'], { env, answers });
  expect(sent).toEqual(['https://farm.example', 'Bearer s3cret']);
  expect((await run(['config', 'rm', 'farm'], { env })).code).toBe(0);
});

describe('completion', () => {
  const answers: Answers = { 'GET /v1/kinds': kinds, 'GET /v1/jobs': { jobs: [viewOf()], next_cursor: null } };
  const complete = async (...words: string[]) =>
    (await run(['__complete', '--', ...words], { answers })).out.split('\n').filter(Boolean);

  it('knows commands, kinds, the parameters of a kind, and jobs', async () => {
    expect(await complete('re')).toEqual(expect.arrayContaining(['resume', 'requeue']));
    expect(await complete('run', '')).toEqual(['pi']);
    expect(await complete('run', 'pi', '--th')).toEqual(['--throws']);
    expect(await complete('get', '01')).toEqual([jobId]);
    expect(await complete('kinds', 'sh')).toEqual(['show']);
  });

  it('prints a script for each shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) expect((await run(['completion', shell])).out).toContain('__complete');
    expect((await run(['completion', 'sh'])).code).toBe(2);
  });
});

describe('results', () => {
  const lines = '{"index":0,"output":1}\n{"index":2,"output":3}\n';
  const asked: string[] = [];
  const answers: Answers = {
    [`GET /v1/jobs/${jobId}`]: viewOf({ output: 'lines', failed_chunks: 1, result: null }),
    [`GET /v1/jobs/${jobId}/results`]: ({ url }) => {
      asked.push(url.search);
      return new Response(lines, { headers: { 'content-type': 'application/x-ndjson' } });
    },
    [`GET /v1/jobs/${jobId}/failures`]: () =>
      new Response('{"index":1,"item":{"n":1},"error":{"code":"chunk_failed","message":"in a mood"},"attempts":3}\n', {
        headers: { 'content-type': 'application/x-ndjson' },
      }),
  };

  it('of lines are printed as they come, in the format that is asked for', async () => {
    const ran = await run(['results', jobId], { answers });
    expect(ran).toMatchObject({ code: 0, out: lines, err: expect.stringContaining('1 failed') as string });
    await run(['results', jobId, '--format', 'csv'], { answers });
    await run(['results', jobId, '--json'], { answers });
    expect(asked).toEqual(['?format=lines', '?format=csv', '?format=json']);
  });

  it('of a job with one answer are this answer', async () => {
    const one: Answers = { [`GET /v1/jobs/${jobId}`]: viewOf() };
    expect(await run(['results', jobId], { answers: one })).toEqual({ code: 0, out: '{"pi":3.14}\n', err: '' });
    expect(await run(['results', jobId, '--format', 'csv'], { answers: one })).toMatchObject({ code: 2, out: '' });
  });

  // Seen: 123456789012345680000 in the place of what a task in another language had computed.
  it('of a job with one answer have the digits that were computed, and are indented for a person where that changes none', async () => {
    const answering = (text: string): Answers => ({
      [`GET /v1/jobs/${jobId}`]: viewOf(),
      [`GET /v1/jobs/${jobId}/result`]: () => new Response(text),
    });
    const digits = '{"n":123456789012345678901}';
    for (const text of [digits, '1.0', '1000000000000000000001', '{"a":1,"a":2}'])
      for (const tty of text === digits ? [false] : [false, true])
        expect((await run(['results', jobId], { answers: answering(text), tty })).out).toBe(`${text}\n`);
    for (const pi of ['3.14', '1234567890123456789012'])
      expect((await run(['results', jobId], { answers: answering(`{"pi":${pi}}`), tty: true })).out).toBe(
        `{\n  "pi": ${pi}\n}\n`,
      );
  });

  // Seen: `run`, `get` and `watch` printed 9007199254740992 with --json, and `results` the number that was computed.
  it.each(['get', 'watch', 'run'])('%s --json has the digits that were computed', async (command) => {
    const digits = '[9007199254740993,1e23,100000000000000000000001,0.5]';
    const view = viewOf({ result: JSON.parse(digits) as unknown });
    const answering: Answers = {
      'GET /v1/kinds': kinds,
      'POST /v1/jobs': () => json(202, { job_id: jobId, status: 'pending', cached: false }),
      [`GET /v1/jobs/${jobId}`]: view,
      [`GET /v1/jobs/${jobId}/events`]: events([view]),
      [`GET /v1/jobs/${jobId}/result`]: () => new Response(digits),
    };
    const args = command === 'run' ? ['run', 'pi', '--throws', '1'] : [command, jobId];
    const ran = await run([...args, '--json'], { answers: answering });
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining(`"result":${digits}`) as string });
    const gone = { ...answering, [`GET /v1/jobs/${jobId}/result`]: () => json(410, { detail: 'gone' }) };
    expect((await run([...args, '--json'], { answers: gone })).out).toContain('"result":[9007199254740992,');
  });

  it('of a large answer are read apart from the view', async () => {
    const stored: Answers = {
      [`GET /v1/jobs/${jobId}`]: viewOf({ result: null, stored: { name: 'o', from: 0, bytes: 9 } }),
      [`GET /v1/jobs/${jobId}/result`]: { large: true },
    };
    expect((await run(['results', jobId], { answers: stored })).out).toBe('{"large":true}\n');
  });

  it('failures are a line each in a pipe, a table for a person, an array with --json', async () => {
    const [piped, shown, json] = await Promise.all([
      run(['failures', jobId], { answers }),
      run(['failures', jobId], { answers, tty: true }),
      run(['failures', jobId, '--json'], { answers }),
    ]);
    expect(JSON.parse(piped.out)).toMatchObject({ index: 1, item: { n: 1 } });
    expect(shown.out).toBe('INDEX  ATTEMPTS  ERROR      ITEM\n1      3         in a mood  {"n":1}\n');
    expect(JSON.parse(json.out)).toHaveLength(1);
  });
});

describe('logs', () => {
  const line = {
    id: '7',
    job_id: jobId,
    at: '2026-11-28T20:00:00.000Z',
    level: 'warn',
    message: 'slow',
    fields: { ms: 5 },
    chunk: 3,
    attempt: 1,
    worker: 'w',
    slot: 0,
  };
  const asked: string[] = [];
  const answers: Answers = {
    [`GET /v1/jobs/${jobId}/logs`]: ({ url }) => {
      asked.push(url.searchParams.get('level') ?? '');
      return json(200, { lines: [line], prev_cursor: null, next_cursor: null });
    },
  };

  it('are a line each, or an array with --json', async () => {
    expect(await run(['logs', jobId, '--level', 'warn'], { answers })).toEqual({
      code: 0,
      out: '2026-11-28T20:00:00.000Z warn  [3] slow {"ms":5}\n',
      err: '',
    });
    expect(asked).toEqual(['warn']);
    expect(JSON.parse((await run(['logs', jobId, '--json'], { answers })).out)).toMatchObject([{ message: 'slow' }]);
  });
});

it('a doctor finds what is wrong, and a system that does not answer', async () => {
  const answers: Answers = {
    'GET /healthz': { status: 'ok' },
    'GET /readyz': { ready: true, checks: { nats: true, storage: true, coordinators: 1, workers: 0 } },
    'GET /v1/kinds': { kinds: [] },
    'GET /v1/workers': { workers: [] },
    'GET /v1/queues': { queues: [], jobs: {}, dead_letters: 0, mailbox_waiting: 0, chunks_per_sec: 0 },
  };
  const { code, out } = await run(['doctor'], { answers });
  expect({ code, workers: /^WRONG +workers +none is live/m.test(out) }).toEqual({ code: 1, workers: true });
  const away = await run(['doctor', '--json'], {
    answers: { 'GET /healthz': () => Promise.reject(new TypeError('fetch failed')) },
  });
  expect(away.code).toBe(3);
  expect(JSON.parse(away.out)).toContainEqual(expect.objectContaining({ state: 'wrong', what: 'gateway' }));
  for (const [status, detail] of [
    [401, /You are not signed in.*manyhands login/],
    [403, /administrators alone/],
  ] as const) {
    const closed = () => json(status, { detail: 'no' });
    const refused = await run(['doctor'], { answers: { ...answers, 'GET /v1/workers': closed, 'GET /v1/queues': closed } });
    expect(refused.out).toMatch(detail);
    expect(refused.out).not.toContain('metrics service');
  }
});

describe('what a job may ask for', () => {
  async function asked(...options: string[]): Promise<unknown> {
    let body: unknown;
    const answers: Answers = {
      ...jobOf(viewOf()),
      'POST /v1/jobs': (request) => {
        body = request.body;
        return json(202, accepted);
      },
    };
    expect(await run(['run', 'pi', '--detach', ...options], { answers })).toMatchObject({ code: 0, out: `${jobId}\n` });
    return body;
  }

  it('tags, a bound of failures and of chunks at once', async () => {
    expect(await asked('--tag', 'team=web', '--tag', 'note=a=b', '--at-once', '3', '--max-failed', '12')).toEqual({
      kind: 'pi',
      params: {},
      at_once: 3,
      max_failed: 12,
      tags: { team: 'web', note: 'a=b' },
    });
    expect(await asked('--max-failed', '2.5%')).toMatchObject({ max_failed: { share: 0.025 } });
  });

  it('whom to notify when it is over', async () => {
    const url = 'https://hooks.example/jobs';
    expect(await asked('--notify', url)).toMatchObject({ notify: { url } });
    expect(await asked('--notify', url, '--notify-on', 'failed, cancelled', '--notify-secret', 'HOOK_KEY')).toMatchObject({
      notify: { url, on: ['failed', 'cancelled'], secret: 'HOOK_KEY' },
    });
  });

  it.each([
    [['--tag', 'web'], '--tag must be a name and a value, like team=web (it is "web").'],
    [['--tag', '=web'], '--tag must be a name and a value, like team=web (it is "=web").'],
    [['--at-once', 'x'], '--at-once must be a whole number (it is "x").'],
    [['--max-failed', '101%'], '--max-failed must be a whole number, or a share up to 100%, like 2% (it is "101%").'],
    [['--max-failed', '-1'], '--max-failed must be a whole number, or a share'],
    [['--notify-on', 'failed'], '--notify-on and --notify-secret need --notify <url>.'],
    [
      ['--notify', 'https://a.example', '--notify-on', 'done'],
      '--notify-on must be of completed, failed, cancelled, separated by commas (it is "done").',
    ],
  ])('%j is refused before anything is sent', async (options, sentence) => {
    const { code, out, err } = await run(['run', 'pi', ...options]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
  });

  it('jobs are listed and changed by a tag', async () => {
    const searches: string[] = [];
    const answers: Answers = {
      'GET /v1/jobs': ({ url }) => {
        searches.push(url.search);
        return json(200, { jobs: [viewOf()], next_cursor: null });
      },
      [`DELETE /v1/jobs/${jobId}`]: () => new Response(null, { status: 204 }),
    };
    expect(await run(['ls', '--tag', 'team=web'], { answers })).toMatchObject({ code: 0 });
    expect(await run(['cancel', '--tag', 'team=web', '--yes'], { answers })).toMatchObject({ err: `${jobId} is cancelled\n` });
    expect(searches).toEqual(['?tag=team%3Dweb&limit=20', '?tag=team%3Dweb&limit=200']);
  });

  it('jobs are deleted by id; by a filter those that are over, after a question', async () => {
    const over = `${jobId.slice(0, -1)}5`;
    const deleted: string[] = [];
    const deletes = (id: string) => () => {
      deleted.push(id);
      return new Response(null, { status: 204 });
    };
    const detail = 'The job is running, so it cannot be deleted. Cancel it first.';
    const answers: Answers = {
      'GET /v1/jobs': { jobs: [running, viewOf({ job_id: over })], next_cursor: null },
      [`POST /v1/jobs/${over}/delete`]: deletes(over),
      [`POST /v1/jobs/${jobId}/delete`]: () => json(409, { detail }),
    };
    const unasked = await run(['delete', '--tag', 'team=web'], { answers });
    expect(unasked).toMatchObject({ code: 2, out: '' });
    expect(unasked.err).toContain('delete 1 job?');
    expect(deleted).toEqual([]);
    expect(await run(['delete', '--tag', 'team=web', '--yes'], { answers })).toEqual({
      code: 0,
      out: '',
      err: `${over} is deleted\n`,
    });
    const named = await run(['delete', jobId, over, '--json'], { answers });
    expect({ ...named, out: JSON.parse(named.out) as unknown }).toEqual({
      code: 1,
      out: [{ job_id: jobId, error: detail }, { job_id: over }],
      err: `${jobId}: ${detail}\n${over} is deleted\n`,
    });
    expect(deleted).toEqual([over, over]);
  });
});

it('what is cut off is a sentence and code 3, and no file of its name is left', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'manyhands-files-'));
  const cut = () => {
    const pieces = [Buffer.from('a part')];
    return new Response(
      new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = pieces.shift();
          if (piece) controller.enqueue(piece);
          else controller.error(new TypeError('terminated'));
        },
      }),
    );
  };
  const name = '0-a.txt';
  const answers: Answers = {
    [`GET /v1/jobs/${jobId}`]: viewOf({ output: 'lines', result: null }),
    [`GET /v1/jobs/${jobId}/results`]: cut,
    [`GET /v1/jobs/${jobId}/files/${name}`]: cut,
  };
  for (const [args, out] of [
    [['results', jobId], 'a part'],
    [['files', 'get', jobId, name], 'a part'],
    [['files', 'get', jobId, name, '--to', 'here'], ''],
  ] as const) {
    const ran = await run([...args], { answers, cwd });
    expect(ran).toMatchObject({ code: 3, out });
    expect(ran.err).toMatch(
      /^The answer was cut off before its end \(terminated\): what came is a part of it\. Read it again: .*\n$/,
    );
  }
  expect(readdirSync(join(cwd, 'here'))).toEqual([]);
});

it('files are listed, and printed or written into a folder', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'manyhands-files-'));
  const file = (name: string) => ({ name, chunk: 0, bytes: 3, type: 'text/plain', stored_at: '2026-11-28T19:00:00.000Z' });
  const answers: Answers = {
    [`GET /v1/jobs/${jobId}/files`]: { files: [file('0-a.txt'), file('1-a.txt')], next_cursor: null },
    [`GET /v1/jobs/${jobId}/files/0-a.txt`]: () => new Response('one'),
    [`GET /v1/jobs/${jobId}/files/1-a.txt`]: () => new Response('two'),
  };
  expect((await run(['files', jobId], { answers })).out).toBe('0-a.txt  3  text/plain\n1-a.txt  3  text/plain\n');
  expect(JSON.parse((await run(['files', 'ls', jobId, '--json'], { answers })).out)).toHaveLength(2);
  expect(await run(['files', 'get', jobId, '1-a.txt'], { answers })).toEqual({ code: 0, out: 'two', err: '' });
  const { code, out, err } = await run(['files', 'get', jobId, '--to', 'here'], { answers, cwd });
  expect({ code, out, err }).toEqual({ code: 0, out: '', err: `2 files in ${join(cwd, 'here')}\n` });
  expect(readFileSync(join(cwd, 'here', '0-a.txt'), 'utf8')).toBe('one');
  expect(await run(['files', 'get', jobId, '2-a.txt'], { answers })).toMatchObject({ code: 1, out: '' });
});
