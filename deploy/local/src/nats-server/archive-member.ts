/** Takes one file out of a release's archive, a zip or a compressed tar. Pure. */
import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';

const blockBytes = 512;
/** Bytes of an archive once it is unpacked; the release's is 20 MB. */
const unpackedBytesMax = 200 * 1024 ** 2;

/** Undefined when the archive holds no such file. Throws when it is none. */
export function memberOf(archive: Uint8Array, name: string, member: string): Uint8Array | undefined {
  if (name.endsWith('.zip'))
    return unzipSync(archive, { filter: (entry) => entry.name === member && entry.originalSize <= unpackedBytesMax })[member];
  return tarMember(gunzipSync(archive, { maxOutputLength: unpackedBytesMax }), member);
}

/** A tar is a row of headers of 512 bytes (name first, size in octal at 124), each before its file, which is filled up to whole blocks. */
function tarMember(tar: Uint8Array, member: string): Uint8Array | undefined {
  const text = (from: number, length: number): string =>
    Buffer.from(tar.subarray(from, from + length))
      .toString('latin1')
      .split('\0')[0] ?? '';
  for (let at = 0; at + blockBytes <= tar.byteLength;) {
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8);
    if (!Number.isSafeInteger(size)) return undefined;
    const begin = at + blockBytes;
    if (text(at, 100) === member && begin + size <= tar.byteLength) return tar.subarray(begin, begin + size);
    at = begin + Math.ceil(size / blockBytes) * blockBytes;
  }
  return undefined;
}
