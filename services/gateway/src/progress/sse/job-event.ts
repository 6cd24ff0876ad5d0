/**
 * A job's view as server-sent events: `event: status` with the view's bytes and the revision as id, and after the last one
 * `event: done` with an id of its own (`<revision>-done`). Over HTTP/1.1 a piece of the body is a chunk; it is made here, so that it is the same
 * bytes for every client, and not by each client's response.
 */
import type { FeedEntry } from '../../mirror/feed-entry.ts';
import { digestOf, isLast } from '../../mirror/job-digest.ts';

const newline = 0x0a;
const carriageReturn = 0x0d;

export function jobEvent(entry: FeedEntry): Buffer {
  const { revision, value } = entry;
  const status = value ? [Buffer.from(`id: ${revision}\nevent: status\ndata: `), dataOf(value), Buffer.from('\n\n')] : [];
  return Buffer.concat([...status, ...(isLast(entry) ? [doneEvent(entry)] : [])]);
}

/** How bytes become a piece of a response's body. */
export type Wrap = (bytes: Buffer) => Buffer;

export function httpChunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** HTTP/1.0, as some proxies use it: the body is what comes until the connection closes. */
export function plain(bytes: Buffer): Buffer {
  return bytes;
}

export function doneEvent(entry: FeedEntry): Buffer {
  const done = JSON.stringify({ status: digestOf(entry)?.status ?? 'gone' });
  return Buffer.from(`id: ${entry.revision}-done\nevent: done\ndata: ${done}\n\n`);
}

/** JSON written on one line needs one `data:`, its bytes untouched; any other is cut at its line ends, as SSE asks. */
function dataOf(value: Uint8Array): Uint8Array {
  if (!value.includes(newline) && !value.includes(carriageReturn)) return value;
  return Buffer.from(new TextDecoder().decode(value).replaceAll(/\r\n|\r|\n/g, '\ndata: '));
}
