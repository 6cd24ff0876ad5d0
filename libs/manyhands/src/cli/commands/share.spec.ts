import { expect, it } from 'vitest';
import { json, jobId, run, type Answers } from '../world.fixture.ts';

const link = { share_id: '0123456789abcdef', created_at: '2026-11-28T19:00:00.000Z', expires_at: '2026-11-29T19:00:00.000Z' };
const created = { ...link, token: 'secret', path: '/share/secret' };

it('prints the address of a new link, and nothing else, to standard output', async () => {
  const bodies: unknown[] = [];
  const answers: Answers = {
    [`POST /v1/jobs/${jobId}/shares`]: ({ body }) => {
      bodies.push(body);
      return json(201, created);
    },
  };
  const env = { MANYHANDS_URL: 'http://gateway/' };
  const { code, out, err } = await run(['share', jobId, '--hours', '24'], { answers, env });
  expect([code, out]).toEqual([0, 'http://gateway/share/secret\n']);
  expect(err).toContain(`until ${link.expires_at}`);
  expect(err).toContain(`--revoke ${link.share_id}`);
  const asJson = await run(['share', jobId, '--json'], { answers, env });
  expect(JSON.parse(asJson.out)).toEqual({ ...created, url: 'http://gateway/share/secret' });
  expect(bodies).toEqual([{ expires_in_hours: 24 }, {}]);
});

it('lists the links of a job, and revokes one', async () => {
  const answers: Answers = {
    [`GET /v1/jobs/${jobId}/shares`]: { shares: [link] },
    [`DELETE /v1/jobs/${jobId}/shares/${link.share_id}`]: () => new Response(null, { status: 204 }),
  };
  expect(await run(['share', jobId, '--list'], { answers })).toMatchObject({
    code: 0,
    out: `${link.share_id}  ${link.created_at}  ${link.expires_at}\n`,
  });
  expect(JSON.parse((await run(['share', jobId, '--list', '--json'], { answers })).out)).toEqual([link]);
  expect(await run(['share', jobId, '--revoke', link.share_id], { answers })).toMatchObject({ code: 0, out: '' });
  const none = { [`GET /v1/jobs/${jobId}/shares`]: { shares: [] } };
  expect(await run(['share', jobId, '--list'], { answers: none })).toMatchObject({
    code: 0,
    out: '',
    err: 'The job has no share links.\n',
  });
});

it.each([
  [['--hours', 'many'], '--hours must be a whole number'],
  [['--hours', '1', '--list'], 'Give only one of --hours, --list and --revoke.'],
  [['--list', '--revoke', link.share_id], 'Give only one of --hours, --list and --revoke.'],
])('refuses %j', async (options, words) => {
  const { code, err } = await run(['share', jobId, ...options]);
  expect([code, err]).toEqual([2, expect.stringContaining(words)]);
});
