/** The `openai` package against Manyhands, as against OpenAI: only its base URL is another one. Behind it is a stand-in of a model server. */
import OpenAI, { BadRequestError, NotFoundError, toFile } from 'openai';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startModelServer, type ModelServer } from '../fixture/model-server.ts';
import { startSystem, type System } from '../fixture/system.ts';

const KEY = 'sk-of-the-model-server';
const TOKENS_PER_MIN = 120_000;

let models: ModelServer;
let system: System;
let client: OpenAI;

beforeAll(async () => {
  models = await startModelServer();
  system = await startSystem({
    slots: 1,
    env: {
      MANYHANDS_LLM_URL: models.url,
      MANYHANDS_LLM_KEY: KEY,
      MANYHANDS_LLM_TOKENS_PER_MINUTE: String(TOKENS_PER_MIN),
    },
  });
  // Two workers, of which neither knows how many tokens the other takes.
  system.join('compute', { MANYHANDS_KINDS: 'llm' });
  client = new OpenAI({ baseURL: `${system.baseUrl}/v1`, apiKey: 'none is needed without accounts', maxRetries: 0 });
  await vi.waitFor(
    async () => {
      const { workers } = (await (await fetch(`${system.baseUrl}/v1/workers`)).json()) as { workers: { kinds: string[] }[] };
      expect(workers.filter(({ kinds }) => kinds.includes('llm'))).toHaveLength(2);
    },
    { timeout: 60_000, interval: 100 },
  );
});
afterAll(async () => {
  await system?.stop();
  models?.stop();
});

interface Line {
  custom_id: string;
  response: {
    status_code: number;
    body: { choices?: { message: { content: string } }[]; error?: { message: string; type: string } };
  } | null;
  error: { code: string; message: string } | null;
}

async function submit(questions: readonly string[], maxTokens = 10): Promise<OpenAI.Batch> {
  const lines = questions.map((content, index) =>
    JSON.stringify({
      custom_id: `request-${index}`,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: 'small', messages: [{ role: 'user', content }], max_tokens: maxTokens },
    }),
  );
  const file = await client.files.create({
    file: await toFile(Buffer.from(lines.join('\n')), 'questions.jsonl'),
    purpose: 'batch',
  });
  return client.batches.create({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' });
}

async function until(id: string, is: (batch: OpenAI.Batch) => boolean): Promise<OpenAI.Batch> {
  let batch = await client.batches.retrieve(id);
  await expect.poll(async () => is((batch = await client.batches.retrieve(id))), { timeout: 60_000, interval: 100 }).toBe(true);
  return batch;
}

async function linesOf(fileId: string | null | undefined): Promise<Line[]> {
  const text = await (await client.files.content(fileId!)).text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

// The first one: tokens that a worker took for requests before and that were not used would be credit for these.
test('two workers together keep to the tokens a minute', async () => {
  models.asked.splice(0);
  const { id } = await submit(
    Array.from({ length: 30 }, (_, index) => `paced ${index}`),
    250,
  );
  await until(id, ({ status }) => status === 'completed');
  const sent = models.asked.map(({ atMs, tokens }) => ({ atMs, tokens }));
  const all = sent.reduce((sum, { tokens }) => sum + tokens, 0);
  expect(sent).toHaveLength(30);
  // What is less than a turn is carried on: of each worker one, and the first request of each; and what is sent may arrive late where the machine has much to do.
  const lateMs = 500;
  const slack = 2 * (TOKENS_PER_MIN / 300 + 260) + (TOKENS_PER_MIN / 60_000) * lateMs;
  for (const [from, first] of sent.entries()) {
    let tokens = 0;
    for (const { atMs, tokens: own } of sent.slice(from)) {
      tokens += own;
      expect(tokens).toBeLessThanOrEqual((TOKENS_PER_MIN / 60_000) * (atMs - first.atMs) + slack);
    }
  }
  expect(sent.at(-1)!.atMs - sent[0]!.atMs).toBeGreaterThan(((all - slack) / TOKENS_PER_MIN) * 60_000);
});

test('a batch with slow, failing, limited and wrong requests: the answers in their order, the others in the error file', async () => {
  const questions = ['slow one', 'quick', '', 'limited', 'failing', '', 'last'];
  const created = await submit(questions);
  expect(['validating', 'in_progress']).toContain(created.status);
  const batch = await until(created.id, ({ status }) => status === 'completed');
  expect(batch.request_counts).toEqual({ total: 7, completed: 5, failed: 2 });
  const answers = await linesOf(batch.output_file_id);
  expect(answers.map(({ custom_id, response }) => [custom_id, response!.body.choices![0]!.message.content])).toEqual(
    questions.flatMap((question, index) => (question === '' ? [] : [[`request-${index}`, question.toUpperCase()]])),
  );
  expect(await linesOf(batch.error_file_id)).toMatchObject(
    [2, 5].map((index) => ({
      custom_id: `request-${index}`,
      response: { status_code: 400, body: { error: { message: 'an empty question', type: 'invalid_request_error' } } },
      error: null,
    })),
  );
  expect(new Set(models.asked.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${KEY}`]));
  const listed = [];
  for await (const one of client.batches.list({ limit: 1 })) listed.push(one.id);
  expect(listed).toContain(batch.id);
  await client.files.delete(batch.input_file_id);
  await expect(client.files.retrieve(batch.input_file_id)).rejects.toThrow(NotFoundError);
  await expect(
    client.batches.create({ input_file_id: 'x', endpoint: '/v1/embeddings', completion_window: '24h' }),
  ).rejects.toThrow('No such File object.');
  await expect(client.files.create({ file: await toFile(Buffer.from('{}'), 'x.jsonl'), purpose: 'batch' })).rejects.toThrow(
    BadRequestError,
  );
});

test('a batch that is cancelled ends, though the model server answers nothing', async () => {
  const { id } = await submit(['quick again', 'hold 1', 'hold 2']);
  await until(id, ({ request_counts: counts }) => counts!.completed === 1);
  const cancelled = await client.batches.cancel(id);
  expect(['cancelling', 'cancelled']).toContain(cancelled.status);
  const batch = await until(id, ({ status }) => status === 'cancelled');
  expect(batch.output_file_id).toBeNull();
  expect((await linesOf(batch.error_file_id)).map(({ custom_id, error }) => [custom_id, error?.code])).toEqual(
    [0, 1, 2].map((index) => [`request-${index}`, 'batch_cancelled']),
  );
});

test('neither the key nor the address of the model server is in a log', () => {
  expect(system.output()).not.toContain(KEY);
  expect(system.output()).not.toContain(new URL(models.url).host);
});
