/**
 * Reads the first line's address of a request: `/v1/jobs?limit=1`, or written out whole (`http://host/v1/jobs`), or `*`. Pure.
 *
 * Invariant of what is handed on: it begins with `/`, and its path can be decoded, holds no control character, and is no longer than a file
 * system bears. So nothing behind has to fail on it.
 */
import { readAuthority, type Authority } from '@manyhands/proto/settings';

export const PATH_CHARS_MAX = 2_048;
/** Bytes of a file's name, on all file systems that matter. */
export const SEGMENT_BYTES_MAX = 255;

export interface RequestTarget {
  /** What routes are looked up by, with its question. */
  readonly target: string;
  /** Its path, decoded segment by segment; a `/` inside of one stays `%2F`. */
  readonly path: string;
  /** Whom it is addressed to, where it states it; undefined otherwise. */
  readonly authority?: Authority;
}

export type TargetRefusal = { readonly status: 400 | 414; readonly detail: string };

export function readTarget(text: string): RequestTarget | TargetRefusal {
  const [, authorityPart, rest] = /^https?:\/\/([^/?#]*)(.*)/is.exec(text) ?? [];
  if (authorityPart === undefined) return readPath(text);
  const authority = readAuthority(authorityPart);
  if (authority === undefined)
    return { status: 400, detail: 'The host of the request cannot be read; write it like http://127.0.0.1:8000/v1/jobs.' };
  const read = readPath(rest!.startsWith('/') ? rest! : `/${rest}`);
  return 'status' in read ? read : { ...read, authority };
}

function readPath(target: string): RequestTarget | TargetRefusal {
  if (target === '*') return { target, path: target };
  if (!target.startsWith('/')) return { status: 400, detail: 'The address of a request begins with "/", like /v1/jobs.' };
  const written = target.split(/[?#]/, 1)[0]!;
  if (written.length > PATH_CHARS_MAX) return tooLong(`The path of the address is longer than ${PATH_CHARS_MAX} characters`);
  let path: string;
  try {
    path = written
      .split('/')
      .map((segment) => decodeURIComponent(segment).replaceAll('/', '%2F'))
      .join('/');
  } catch {
    return {
      status: 400,
      detail: 'The address has a "%" that is not followed by two hexadecimal digits of a UTF-8 character; write it as %25.',
    };
  }
  if (/[\u0000-\u001f\u007f]/.test(path)) return { status: 400, detail: 'The address has a control character; remove it.' };
  if (path.split('/').some((segment) => Buffer.byteLength(segment) > SEGMENT_BYTES_MAX))
    return tooLong(`A part of the address is longer than ${SEGMENT_BYTES_MAX} bytes`);
  return { target, path };
}

function tooLong(what: string): TargetRefusal {
  return { status: 414, detail: `${what}; no address here is that long.` };
}
/** UUIDs are the same in any case (RFC 9562): in addresses they are read in lower case, as they are stored. */
const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** An address with the ids of its path in lower case; the query stays as it is. */
export function withLowerCaseIds(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return path.replace(uuids, (id) => id.toLowerCase()) + (query < 0 ? '' : url.slice(query));
}
