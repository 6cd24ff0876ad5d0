/** NDJSON in both directions: values out of bytes, and bytes out of values. Works on pieces: a step for each line would cost more than the lines. */

/** The values of each piece that ends some lines. Throws for a line that is no JSON. */
export async function* readJsonLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown[], void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of body) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines.map(parsed);
  }
  rest += decoder.decode();
  if (rest !== '') yield [parsed(rest)];
}

function parsed(line: string): unknown {
  return JSON.parse(line);
}

/** Bytes that are sent at once, about. */
const pieceCharsMin = 64 * 1024;

/** A line for each value. Throws a sentence for one that is no JSON value. */
export async function* writeJsonLines(values: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  let text = '';
  let index = 0;
  for await (const value of values) {
    const line = JSON.stringify(value) as string | undefined;
    if (line === undefined) throw new TypeError(`item ${index} is ${typeof value}, which is no JSON value`);
    text += `${line}\n`;
    index += 1;
    if (text.length < pieceCharsMin) continue;
    yield encoder.encode(text);
    text = '';
  }
  if (text !== '') yield encoder.encode(text);
}
