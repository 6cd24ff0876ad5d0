import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvents, type ServerEvent } from './event-reader.ts';

async function* pieces(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

async function read(text: string, sizes: readonly number[] = [text.length + 1]): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(pieces(text, sizes))) events.push(event);
  return events;
}

test('an event has its name, its data and its id', async () => {
  expect(await read('id: 7\nevent: status\ndata: {"a":1}\n\n')).toEqual([{ event: 'status', data: '{"a":1}', id: '7' }]);
});

test('comments and unknown fields are nothing, and an id stays for the events after it', async () => {
  expect(await read(': heartbeat\n\nretry: 1000\n\nid:1\ndata:a\n\ndata: b\n\n')).toEqual([
    { event: 'message', data: 'a', id: '1' },
    { event: 'message', data: 'b', id: '1' },
  ]);
});

test('data over several lines is joined, also after carriage returns', async () => {
  expect(await read('data: a\r\ndata: b\r\n\r\n')).toEqual([{ event: 'message', data: 'a\nb', id: undefined }]);
});

test('an event that was cut off is dropped', async () => {
  expect(await read('data: a\n\ndata: b\n')).toEqual([{ event: 'message', data: 'a', id: undefined }]);
});

test('it does not matter where the bytes are cut, inside a character or a line end', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, ' '));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      async (lines, sizes) => {
        const text = lines.map((data, index) => `id: ${index}\nevent: status\ndata: ${data}\n\n`).join('');
        expect(await read(text, sizes)).toEqual(lines.map((data, index) => ({ event: 'status', data, id: String(index) })));
      },
    ),
  );
});
