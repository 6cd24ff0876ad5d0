import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonCode, type PythonJob } from './python-code.ts';

const job: PythonJob = {
  body: { kind: 'primes', params: { n: 1 } },
  upload: null,
  origin: 'http://127.0.0.1:8000',
  hasAccounts: false,
};
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.log('web/src/lib/jobs/python-code: skipped, because python3 is not installed here');

/** Instead of a gateway: each request is a line of JSON. */
const gateway = `
import io, json, urllib.request
def urlopen(request):
    print(json.dumps([request.full_url, request.data.decode(), dict(request.header_items())]))
    return io.BytesIO(b'{"job_id": "1", "input_id": "019d"}')
urllib.request.urlopen = urlopen
`;

function run(given: Partial<PythonJob>, env: Record<string, string> = {}): [url: string, body: string, headers: object][] {
  const printed = execFileSync('python3', ['-c', `${gateway}${pythonCode({ ...job, ...given })}`], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', PYTHONIOENCODING: 'utf8', ...env },
  });
  return printed
    .trimEnd()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as [string, string, object]);
}

describe.skipIf(!hasPython)('the Python program', () => {
  it('sends what is typed, whatever it is', () => {
    const text = fc.string({ unit: 'grapheme' });
    const value = fc.oneof(
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.array(fc.dictionary(text, fc.oneof(value, fc.array(value)))), (many) => {
        const body = { kind: 'primes', params: { many } };
        expect(JSON.parse(run({ body })[0]![1])).toEqual(JSON.parse(JSON.stringify(body)));
      }),
      { numRuns: 15 },
    );
  });

  it('shows a key where there are accounts', () => {
    const [[url, , headers]] = run({ hasAccounts: true }, { MANYHANDS_KEY: 'mh_1' }) as [[string, string, object]];
    expect(url).toBe('http://127.0.0.1:8000/v1/jobs');
    expect(headers).toMatchObject({ Authorization: 'Bearer mh_1', 'Content-type': 'application/json' });
  });

  it('uploads an input first, and submits with its id', () => {
    const upload = { file: '/dev/null', path: '/v1/inputs?form=ndjson&kind=titles' };
    const [stored, submitted] = run({ upload });
    expect([stored![0], stored![2]]).toEqual([
      'http://127.0.0.1:8000/v1/inputs?form=ndjson&kind=titles',
      expect.objectContaining({ 'Content-type': 'application/octet-stream' }),
    ]);
    expect(JSON.parse(submitted![1])).toEqual({ kind: 'primes', params: { n: 1 }, input: '019d' });
  });
});
