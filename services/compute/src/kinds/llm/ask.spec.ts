import { expect, it } from 'vitest';
import type { LlmParams, LlmRequest } from '@manyhands/proto';
import { ComputeRefused, type Context, RetryLater } from '@manyhands/worker/task';
import { askModel } from './ask.ts';
import type { ModelServer } from './model-server.ts';

const request: LlmRequest = { custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body: { model: 'm' } };
const context = { jobId: 'j', index: 0, params: {}, signal: new AbortController().signal } as unknown as Context<LlmParams>;

/** What a request ends with that the client cannot send. */
async function endOf(base: string, thrown: Error): Promise<Error> {
  const server = { base, client: { send: () => Promise.reject(thrown) } } as unknown as ModelServer;
  return askModel(request, context, server).then(
    () => expect.fail('it was answered'),
    (error: unknown) => error as Error,
  );
}

it.each([
  ['llm.corp:8000: getaddrinfo ENOTFOUND llm.corp', 'the model server: getaddrinfo ENOTFOUND the model server'],
  ['llm.corp:8000: connect ECONNREFUSED 10.20.30.40:8000', 'the model server: connect ECONNREFUSED its address'],
  ['llm.corp:8000: connect ECONNREFUSED ::1:8000', 'the model server: connect ECONNREFUSED its address'],
  ['llm.corp:8000: connect ETIMEDOUT fd00:1:2:3:4:5:6:7:8000', 'the model server: connect ETIMEDOUT its address'],
  [
    'llm.corp:8000: Connect Timeout Error (attempted address: llm.corp:8000, timeout: 10000ms)',
    'the model server: Connect Timeout Error (attempted address: the model server, timeout: 10000ms)',
  ],
  ['llm.corp:8000: it did not answer within 300 s', 'the model server: it did not answer within 300 s'],
])('neither the name nor the address of the server is in an error: %s', async (message, shown) => {
  expect((await endOf('http://llm.corp:8000/v1', new Error(message))).message).toBe(shown);
  const later = await endOf('http://llm.corp:8000/v1', new RetryLater(message, 7));
  expect(later).toMatchObject({ name: 'RetryLater', message: shown, afterMs: 7 });
  expect(await endOf('http://llm.corp:8000/v1', new ComputeRefused(message))).toMatchObject({
    name: 'ComputeRefused',
    message: shown,
  });
});

it('a server that is named by its address has none in an error either', async () => {
  for (const host of ['[::1]', '127.0.0.1', 'model'])
    expect((await endOf(`http://${host}:8000/v1`, new Error(`${host}:8000: other side closed`))).message).toBe(
      'the model server: other side closed',
    );
});
