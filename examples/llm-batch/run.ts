/** The batch example of the `openai` package: nothing of it knows Manyhands, but for the address that it is given. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000'}/v1`,
  apiKey: process.env.MANYHANDS_API_KEY ?? 'none is needed without accounts',
});

const words = ['light', 'work', '', 'many', 'hands'];
const requests = words.map((word, index) => ({
  custom_id: `word-${index}`,
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'small', max_tokens: 20, messages: [{ role: 'user', content: word }] },
}));
const path = join(await mkdtemp(join(tmpdir(), 'batch-')), 'words.jsonl');
await writeFile(path, requests.map((request) => JSON.stringify(request)).join('\n'));

const file = await client.files.create({ file: createReadStream(path), purpose: 'batch' });
let batch = await client.batches.create({
  input_file_id: file.id,
  endpoint: '/v1/chat/completions',
  completion_window: '24h',
  metadata: { example: 'llm-batch' },
});
while (!['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  batch = await client.batches.retrieve(batch.id);
}
console.log(batch.status, JSON.stringify(batch.request_counts));
for (const id of [batch.output_file_id, batch.error_file_id])
  if (id) process.stdout.write(await (await client.files.content(id)).text());
