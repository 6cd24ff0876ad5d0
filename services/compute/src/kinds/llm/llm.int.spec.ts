/** Kind `llm` against a model server that answers in every way that such servers do. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXPIRED_SENTENCE, readRefusal, type LlmRequest } from '@manyhands/proto';
import { checkTask, runTask } from '@manyhands/worker/testing';
import { startOutsideServer, type OutsideServer } from '../../outside/outside-server.fixture.ts';
import { llm } from './kind.ts';

const KEY = 'sk-never-shown';
let server: OutsideServer;

const answered = (body: object, status = 200, headers: Record<string, string> = {}) => ({ status, headers, body });
/** By the model that a request names. */
const models: Record<string, (asked: LlmRequest['body'], again: boolean) => ReturnType<typeof answered>> = {
  echo: (asked) => answered({ object: 'chat.completion', asked, usage: { total_tokens: 7 } }, 200, { 'x-request-id': 'req_1' }),
  refusing: () =>
    answered({ error: { message: 'max_tokens is\n too  large', type: 'invalid_request_error', param: null, code: null } }, 400),
  plain: () => answered({ detail: 'no such model' }, 404),
  busy: (asked, again) => (again ? models['echo']!(asked, again) : answered({ error: { message: 'slow down' } }, 429)),
  later: (asked, again) => (again ? models['echo']!(asked, again) : answered({}, 429, { 'retry-after': '3600' })),
  broken: () => answered({ error: 'out of memory' }, 500),
  gossiping: () => answered({ error: { message: `${KEY} is no key of ${server.base}/v1` } }, 401),
  moved: () => answered({}, 307, { location: 'https://other.example/' }),
  long: () => answered({ text: 'a'.repeat(480 * 1024) }),
};

beforeAll(async () => {
  const serve: NonNullable<Parameters<typeof startOutsideServer>[0]>[string] = (answer, _url, { body, headers }) => {
    const asked = JSON.parse(body) as { model: string };
    if (asked.model === 'text') return void answer.writeHead(200, { 'content-type': 'text/plain' }).end('hello');
    const times = server.received.filter((one) => one.headers['idempotency-key'] === headers['idempotency-key']).length;
    const { status, headers: own, body: json } = models[asked.model]!(asked, times > 1);
    answer.writeHead(status, { 'content-type': 'application/json', ...own }).end(JSON.stringify(json));
  };
  server = await startOutsideServer({ '/v1/chat/completions': serve, '/v1/embeddings': serve });
  vi.stubEnv('MANYHANDS_LLM_URL', `${server.base}/v1/`);
  vi.stubEnv('MANYHANDS_LLM_KEY', KEY);
});
beforeEach(() => void server.received.splice(0));
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const asking = (model: string, custom_id = model, url: LlmRequest['url'] = '/v1/chat/completions'): LlmRequest => ({
  custom_id,
  method: 'POST',
  url,
  body: { model, messages: [{ role: 'user', content: 'hello' }], max_tokens: 5 },
});
const failureOf = async (model: string, params = {}) => (await runTask(llm, { params, items: [asking(model)] })).failures[0];

describe('llm', () => {
  it('sends the body of each item to the model server, with its key, and leaves lines of the Batch API', async () => {
    const items = [asking('echo', 'b'), asking('echo', 'a', '/v1/embeddings')];
    const { lines, failures } = await runTask(llm, { items });
    expect(failures).toEqual([]);
    expect(lines.map(({ output }) => output)).toEqual(
      items.map(({ custom_id, body }, index) => ({
        id: `batch_req_trial_${index}`,
        custom_id,
        response: {
          status_code: 200,
          request_id: 'req_1',
          body: { object: 'chat.completion', asked: body, usage: { total_tokens: 7 } },
        },
        error: null,
      })),
    );
    expect(server.received.map(({ path }) => path).sort()).toEqual(['/v1/chat/completions', '/v1/embeddings']);
    for (const { headers, method } of server.received)
      expect({ method, ...headers }).toMatchObject({ method: 'POST', authorization: `Bearer ${KEY}` });
  });

  it.each([
    ['refusing', 400, 'invalid_request_error', 'max_tokens is too large'],
    ['plain', 404, null, 'no such model'],
    ['moved', 307, null, '{}'],
    ['gossiping', 401, null, '*** is no key of the model server'],
  ])('refuses what the model %s answers for good', async (model, status, type, message) => {
    const failure = await failureOf(model);
    expect(failure?.error).toMatchObject({ code: 'compute_refused' });
    expect(readRefusal(failure!.error.message)).toEqual({ status, type, message });
    expect(server.received).toHaveLength(1);
  });

  it.each([
    ['long', /longer than 480 KiB/],
    ['text', /not JSON/],
  ])('refuses an answer that is too %s', async (model, why) => {
    const { error } = (await failureOf(model))!;
    expect(error).toMatchObject({ code: 'compute_refused', message: expect.stringMatching(why) as string });
  });

  it.each(['busy', 'later'])('tries again what a server that is %s refused', async (model) => {
    const { lines } = await runTask(llm, { items: [asking(model)] });
    expect(lines).toMatchObject([{ index: 0, output: { custom_id: model, response: { status_code: 200 } } }]);
    expect(server.received).toHaveLength(2);
  });

  it('sends nothing to another address than that of its batch', async () => {
    const failure = await failureOf('echo', { endpoint: '/v1/embeddings' });
    expect(failure?.error.message).toBe('the request is for /v1/chat/completions, and its batch for /v1/embeddings');
    expect(server.received).toEqual([]);
  });

  it('sends nothing after its time', async () => {
    const failure = await failureOf('echo', { until: '2026-01-01T00:00:00Z' });
    expect(failure?.error).toMatchObject({ code: 'compute_refused', message: EXPIRED_SENTENCE });
    expect(server.received).toEqual([]);
  });

  it('refuses what is no line of a batch, and one that asks for a stream', async () => {
    const wrong = { ...asking('echo'), url: '/v1/files' } as unknown as LlmRequest;
    const streaming = { ...asking('echo'), body: { ...asking('echo').body, stream: true } };
    const { failures } = await runTask(llm, { items: [wrong, streaming] });
    expect(failures.map(({ error }) => error.code)).toEqual(['compute_refused', 'compute_refused']);
    expect(server.received).toEqual([]);
  });

  it('is one kind, however its items are leased', async () => {
    await checkTask(llm, { items: [asking('echo', 'a'), asking('echo', 'b'), asking('echo', 'c')] });
  });

  // The last one: it opens the breaker.
  it('leaves a failure with what the server answered at last', async () => {
    const { error } = (await failureOf('broken'))!;
    expect(readRefusal(error.message)).toEqual({ status: 500, type: null, message: 'out of memory' });
    expect(JSON.stringify(error)).not.toContain(server.place.host);
  });
});
