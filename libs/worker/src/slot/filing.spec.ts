import { limits } from '@manyhands/proto';
import { expect, it } from 'vitest';
import { FILE, FILES_AT_ONCE, Filing } from './filing.ts';
import type { FilePiece } from './slot-messages.ts';

const abort = (): AbortController => new AbortController();
const about = { run: 1, done: 0, chunk: 7, name: 'a.bin', type: 'text/plain' };

/** Takes each piece, and answers it at once unless `answer` does something else. */
function taking(answer?: (piece: FilePiece, filing: Filing) => void): { filing: Filing; pieces: FilePiece[] } {
  const pieces: FilePiece[] = [];
  const filing: Filing = new Filing((piece) => {
    pieces.push(piece);
    if (answer) answer(piece, filing);
    else filing.filed(piece.id, undefined);
  });
  return { filing, pieces };
}

async function* texts(): AsyncGenerator<never> {
  yield 'text' as never;
}

it('has the bounds that all have', () => {
  expect(FILE).toEqual({ partBytes: limits.partBytesMax, nameCharsMax: limits.fileNameCharsMax });
});

it('cuts what comes in any pieces into whole parts, of which only the last may be shorter', async () => {
  const { filing, pieces } = taking();
  const bytes = Buffer.alloc(2 * FILE.partBytes + 10, 'abcdefg');
  async function* content(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 3);
    yield bytes.subarray(3, FILE.partBytes + 5);
    yield new Uint8Array();
    yield bytes.subarray(FILE.partBytes + 5);
  }
  const ref = await filing.file({ ...about, content: content(), signal: abort().signal });
  expect(ref).toEqual({ file: '7-a.bin', bytes: bytes.length, type: 'text/plain' });
  expect(pieces.map((piece) => [piece.bytes.length, piece.last])).toEqual([
    [FILE.partBytes, false],
    [FILE.partBytes, false],
    [10, true],
  ]);
  expect(Buffer.concat(pieces.map((piece) => piece.bytes)).equals(bytes)).toBe(true);
  // Each leaves the thread with its memory, so none may share it with task code.
  for (const piece of pieces) expect(piece.bytes.buffer.byteLength).toBe(piece.bytes.length);
});

it.each([
  ['a text', 'grüße', 7],
  ['bytes', new Uint8Array([1, 2, 3]), 3],
  ['nothing', '', 0],
  ['exactly a part', new Uint8Array(FILE.partBytes), FILE.partBytes],
])('%s is one piece', async (_what, content, length) => {
  const { filing, pieces } = taking();
  expect(await filing.file({ ...about, content, signal: abort().signal })).toMatchObject({ bytes: length });
  expect(pieces.map(({ bytes, last }) => [bytes.length, last])).toEqual([[length, true]]);
});

it.each([
  [{ name: '' }, 'the name must be 1 to 80'],
  [{ name: 'a'.repeat(FILE.nameCharsMax + 1) }, 'the name must be 1 to 80'],
  [{ name: '../a' }, 'the name must be'],
  [{ name: 'a..b' }, 'the name must be'],
  [{ name: '.a' }, 'the name must be'],
  [{ name: 'a/b' }, 'the name must be'],
  [{ name: 7 as never }, 'the name must be'],
  [{ type: 'webp' }, 'the type must be a media type'],
  [{ type: 'text/html\r\nx: y' }, 'the type must be a media type'],
  [{ content: 7 as never }, 'the content must be bytes'],
  [{ content: texts() }, 'a stream must give pieces of bytes'],
])('%j is refused for good, and nothing is sent', async (wrong, sentence) => {
  const { filing, pieces } = taking();
  const refused = filing.file({ ...about, content: 'x', signal: abort().signal, ...wrong });
  await expect(refused).rejects.toMatchObject({
    error: { code: 'compute_refused', retryable: false, message: expect.stringContaining(sentence) as string },
  });
  expect(pieces).toEqual([]);
});

it('a name of the longest length is taken, and no more files at once than may be', async () => {
  const { filing } = taking(() => {});
  const { signal } = abort();
  filing.file({ ...about, name: 'a'.repeat(FILE.nameCharsMax), content: 'x', signal }).catch(() => {});
  for (let more = 1; more < FILES_AT_ONCE; more += 1) filing.file({ ...about, content: 'x', signal }).catch(() => {});
  await expect(filing.file({ ...about, content: 'x', signal })).rejects.toThrow('more than 100 are written at once');
});

it('sends the next piece when the one before was taken, and ends with what was answered', async () => {
  const { filing, pieces } = taking((piece, self) => {
    if (pieces.length === 2) self.filed(piece.id, { code: 'too_large', message: 'file: it has too much', retryable: false });
    else queueMicrotask(() => self.filed(piece.id, undefined));
  });
  const refused = filing.file({ ...about, content: new Uint8Array(5 * FILE.partBytes), signal: abort().signal });
  await expect(refused).rejects.toMatchObject({ error: { code: 'too_large' } });
  expect(pieces).toHaveLength(2);
});

it('ends with its signal, while it waits and before it sends', async () => {
  const stopping = abort();
  const { promise: sent, resolve } = Promise.withResolvers<void>();
  const { filing, pieces } = taking(() => resolve());
  const waiting = expect(filing.file({ ...about, content: 'x', signal: stopping.signal })).rejects.toThrow('stopped');
  await sent;
  stopping.abort(new Error('stopped'));
  await waiting;
  await expect(filing.file({ ...about, content: 'x', signal: stopping.signal })).rejects.toThrow('stopped');
  expect(pieces).toHaveLength(1);
});
