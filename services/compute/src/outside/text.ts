/** Bytes of an answer as text, by its byte order mark, its content type, or (of HTML) its `meta`; UTF-8 without. Pure. */

/** How much of a page is looked at for its `meta`, as browsers do. */
const META_BYTES = 1_024;

export function readText(bytes: Uint8Array, contentType = ''): string {
  const { buffer, byteOffset, length } = bytes;
  const label =
    markOf(bytes) ??
    charsetIn(contentType) ??
    (isHtml(contentType) ? metaCharset(Buffer.from(buffer, byteOffset, Math.min(length, META_BYTES))) : undefined);
  return decoderOf(label).decode(bytes);
}

export function isHtml(contentType: string): boolean {
  return /^\s*(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(contentType);
}

export function isJson(contentType: string): boolean {
  return /^\s*[a-z]+\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType);
}

/** Whether people can read it. */
export function isText(contentType: string): boolean {
  return (
    contentType.trim() === '' ||
    isJson(contentType) ||
    /^\s*(text\/|application\/([\w.-]+\+)?(xml|x-ndjson|javascript|x-www-form-urlencoded|yaml|csv))/i.test(contentType)
  );
}

function markOf([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
}

function charsetIn(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([\w:.-]{1,40})/i.exec(contentType)?.[1];
}

function metaCharset(head: Buffer): string | undefined {
  const label = /<meta[^>]{0,200}?charset\s*=\s*["']?([\w:.-]{1,40})/i.exec(head.toString('latin1'))?.[1];
  // It could not be read in that encoding.
  return label !== undefined && /^utf-?16/i.test(label) ? 'utf-8' : label;
}

/** Making one costs as much as decoding a small page. */
const utf8 = new TextDecoder();

function decoderOf(label = 'utf-8'): TextDecoder {
  if (/^utf-?8$/i.test(label)) return utf8;
  try {
    return new TextDecoder(label);
  } catch {
    return utf8;
  }
}
