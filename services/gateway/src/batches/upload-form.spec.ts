import { expect, it } from 'vitest';
import { badRequest } from '../edge/problem.ts';
import { readUploadForm } from './upload-form.ts';

const type = 'multipart/form-data; boundary=x';
const field = (name: string, value: string): string =>
  `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (content: string, name = 'file', called = 'a.jsonl'): string =>
  `--x\r\ncontent-disposition: form-data; name="${name}"; filename="${called}"\r\ncontent-type: text/plain\r\n\r\n${content}\r\n`;
const end = '--x--\r\n';

async function* cut(text: string, bytes: number, error?: Error): AsyncGenerator<Buffer, void> {
  const all = Buffer.from(text);
  for (let from = 0; from < all.length; from += bytes) yield all.subarray(from, from + bytes);
  if (error) throw error;
}

async function textOf(name: string, bytes: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return `${name}: ${Buffer.concat(pieces).toString()}`;
}

it.each([1, 7, 1_000_000])('reads a file and its fields, in whatever order and pieces of %i bytes', async (bytes) => {
  const long = 'é'.repeat(200);
  for (const text of [`${field('purpose', 'batch')}${file(long)}${end}`, `${file(long)}${field('purpose', 'batch')}${end}`]) {
    const { fields, taken } = await readUploadForm(cut(text, bytes), type, textOf);
    expect({ fields: [...fields], taken }).toEqual({ fields: [['purpose', 'batch']], taken: `a.jsonl: ${long}` });
  }
});

it.each([
  ['that has no end', file('abc'), /cannot be read/],
  ['that has no file', `${field('purpose', 'batch')}${end}`, /There is no file/],
  ['with two files', `${file('a')}${file('b')}${end}`, /more than one file/],
  ['with a file of another name', `${file('a', 'files')}${end}`, /sent as "files"/],
  ['with a field that is sent twice', `${field('a', '1')}${field('a', '2')}${file('a')}${end}`, /"a" is sent twice/],
  ['with a field that is too long', `${field('a', 'a'.repeat(1_025))}${file('a')}${end}`, /longer than 1024 bytes/],
  [
    'with too many fields',
    `${Array.from({ length: 11 }, (_, at) => field(`f${at}`, '')).join('')}${file('a')}${end}`,
    /more than 10 fields/,
  ],
])('refuses a form %s', async (_what, text, why) => {
  await expect(readUploadForm(cut(text, 50), type, textOf)).rejects.toThrow(
    expect.objectContaining({ response: { detail: expect.stringMatching(why) as string } }),
  );
});

it('ends with what its file is refused for, and reads no more', async () => {
  let pieces = 0;
  const source = async function* (): AsyncGenerator<Buffer, void> {
    yield Buffer.from(file('a').slice(0, -2));
    for (; pieces < 100_000; pieces += 1) yield Buffer.alloc(1_024, 'a');
  };
  const refuse = async (_name: string, bytes: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of bytes) if (piece.length > 0) throw badRequest('line 1 is wrong');
  };
  await expect(readUploadForm(source(), type, refuse)).rejects.toThrow(
    expect.objectContaining({ response: { detail: 'line 1 is wrong' } }),
  );
  expect(pieces).toBeLessThan(1_000);
});

it('ends when what is sent is cut off, and so does the reading of its file', async () => {
  let read: unknown;
  const take = (name: string, bytes: AsyncIterable<Buffer>): Promise<unknown> =>
    textOf(name, bytes).catch((error: unknown) => {
      read = error;
      throw error;
    });
  const gone = badRequest('The upload was cut off');
  await expect(readUploadForm(cut(file('abc').slice(0, -2), 20, gone), type, take)).rejects.toBe(gone);
  expect(read).toBeDefined();
});
