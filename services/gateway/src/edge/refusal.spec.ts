import { expect, test } from 'vitest';
import { refusalAnswer } from './refusal.ts';

const detail = 'The address has a control character; remove it.';
const bodyOf = (status: number, url?: string): unknown =>
  JSON.parse(refusalAnswer({ reason: 'target', status, detail }, url).body);

// Seen: libraries of OpenAI could not read why `/v1/files/%00` is refused.
test('a refusal before any route has the shape that is described for its address', () => {
  for (const url of ['/v1/files/%00', '/v1/batches?limit=1'])
    for (const status of [400, 403, 421, 503])
      expect(bodyOf(status, url), `${status} ${url}`).toMatchObject({ error: { message: detail, param: null, code: null } });
  for (const url of ['/v1/jobs/%00', '/v1/filesystem', undefined]) expect(bodyOf(400, url), url).toEqual({ detail });
  expect(bodyOf(405, '/v1/files')).toEqual({ detail });
});
