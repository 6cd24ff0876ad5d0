/**
 * Random requests behind one another on one connection, each with a marked one behind it. What must hold: the marks come back in
 * order, each behind the answer to its own request, until an answer says that it is the last.
 */
import { METHODS } from 'node:http';
import { exchange, request } from '../../services/gateway/src/edge/raw-client.fixture.ts';
import { Random } from '../simulation/random.ts';

const nobody = '01980000-0000-7000-8000-000000000000';
const targets = [
  '/',
  '/jobs',
  '/favicon.svg',
  '/no-such.js',
  '/docs',
  '/reference',
  '/reference/',
  '/openapi.json',
  '/healthz',
  '/readyz',
  '/ws',
  '/v1',
  '/v1/jobs',
  '/v1/jobs?limit=1',
  '/v1/jobs?limit=x',
  '/v1/jobs?wait=1ms',
  `/v1/jobs/${nobody}`,
  `/v1/jobs/${nobody}/events`,
  `/v1/jobs/${nobody}/pause`,
  `/v1/jobs/${nobody}/requeue`,
  '/v1/schedules',
  `/v1/schedules/${nobody}`,
  '/v1/kinds',
  '/v1/workers',
  '/v1/dead-letters',
  '/v1/nope',
  '//',
  '/%',
  '/%00',
  '/..',
  '*',
  '/_app/immutable/x.js',
];
const bodies = [
  '',
  '{}',
  '[',
  'x',
  '\ufeff{"n":1}',
  `{"kind":"no-such-kind","params":{"n":"${'9'.repeat(3_000)}"}}`,
  `"${'x'.repeat(100_000)}"`,
];
const headers: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'Content-Type': 'application/json' },
  { 'Content-Type': 'text/plain' },
  { 'Content-Type': ';' },
  { Host: 'evil.example' },
  { Origin: 'null' },
  { Upgrade: 'h2c', Connection: 'Upgrade' },
  { Upgrade: 'websocket', Connection: 'Upgrade' },
  { Expect: '100-continue' },
  { Expect: 'x' },
  { Range: 'bytes=0-1' },
  { 'If-None-Match': '*' },
  { 'If-Modified-Since': new Date(8e12).toUTCString() },
  { 'Accept-Encoding': 'gzip' },
  { 'Last-Event-ID': 'x' },
  { 'Idempotency-Key': '' },
  { Accept: 'x' },
];
const methods = METHODS.filter((method) => method !== 'CONNECT');

export async function fuzzFraming({
  origin,
  seed,
  count,
}: {
  origin: string;
  seed: number;
  count: number;
}): Promise<{ marksSeen: number }> {
  const random = new Random(seed);
  let marksSeen = 0;
  let left = count;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const asked = Array.from({ length: random.whole(1, 5) }, () => {
        const method = random.chance(0.6) ? random.one(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) : random.one(methods);
        const [target, given, body] = [random.one(targets), random.one(headers), random.chance(0.5) ? random.one(bodies) : ''];
        const inChunks = body !== '' && random.chance(0.5);
        const bytes = Buffer.byteLength(body).toString(16);
        const sent = inChunks
          ? request(origin, method, target, { ...given, 'Transfer-Encoding': 'chunked' }) + `${bytes}\r\n${body}\r\n0\r\n\r\n`
          : request(origin, method, target, given, body);
        return {
          method,
          what: `${method} ${target} ${JSON.stringify(given)} ${body.length}${inChunks ? ' in chunks' : ''}`,
          sent,
        };
      });
      const bytes = asked.map(({ sent }, index) => sent + request(origin, 'GET', `/v1/mark-${index}`)).join('');
      const { answers } = await exchange(
        origin,
        bytes,
        asked.flatMap(({ method }) => [method, 'GET']),
      ).catch((error: Error) => {
        throw new Error(`${error.message}: ${asked.map(({ what }) => what).join(' | ')}`);
      });
      marksSeen += marksIn(
        answers,
        asked.map(({ what }) => what),
      );
    }
  };
  await Promise.all(Array.from({ length: 20 }, one));
  return { marksSeen };
}

type Answers = Awaited<ReturnType<typeof exchange>>['answers'];

function marksIn(answers: Answers, asked: readonly string[]): number {
  let marks = 0;
  for (const [index, answer] of answers.entries()) {
    const what = asked.slice(0, Math.floor(index / 2) + 1).join(' | ');
    if (answer.status === 500) throw new Error(`500 to the last of: ${what}`);
    if (answer.status !== 200 && answer.status !== 304 && answer.headers['cache-control'] !== 'no-store')
      throw new Error(`${answer.status} without no-store to the last of: ${what}`);
    if (index % 2 === 0) continue;
    if (!answer.body.includes(`/v1/mark-${(index - 1) / 2}.`))
      throw new Error(`out of step behind: ${what} (${JSON.stringify(answer)})`);
    marks += 1;
  }
  const last = answers.at(-1);
  if (answers.length < asked.length * 2 && last?.headers['connection'] !== 'close')
    throw new Error(`${answers.length} answers to ${asked.length * 2} requests: ${asked.join(' | ')}`);
  return marks;
}
