/**
 * Fetches the official release and checks it against the SHA256SUMS published with it.
 *
 * Always true: a network that answers nothing costs at most `giveUpMs`, and bytes whose checksum differs are never written.
 * The checksum guards against a broken or cut download; it comes from the same place as the archive, so it does not guard
 * against that place.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import { installBinary } from './install.ts';
import { checksumOf, releaseFile, RELEASES_URL } from './release.ts';

export interface DownloadOptions {
  version: string;
  cacheFolder: string;
  /** Where releases are published; a mirror may stand in. */
  baseUrl?: string;
  platform?: string;
  arch?: string;
  /** Milliseconds without a single byte after which to give up. */
  giveUpMs?: number;
}

const archiveBytesMax = 100 * 1024 ** 2;

/** Returns the path of the installed binary. Throws a one-line reason. */
export async function downloadRelease(options: DownloadOptions): Promise<string> {
  const { version, cacheFolder, baseUrl = RELEASES_URL, platform = process.platform, arch = process.arch, giveUpMs = 5_000 } = options;
  const file = releaseFile(version, platform, arch, baseUrl);
  if (!file) throw new Error(`there is no release for ${platform} ${arch}`);
  const checksums = new TextDecoder().decode(await fetchBytes(file.checksumsUrl, giveUpMs));
  const wanted = checksumOf(file.archive, checksums);
  if (!wanted) throw new Error(`SHA256SUMS does not list ${file.archive}`);
  const archive = await fetchBytes(file.archiveUrl, giveUpMs);
  const got = createHash('sha256').update(archive).digest('hex');
  if (got !== wanted) throw new Error(`checksum of ${file.archive} is ${got.slice(0, 12)}…, published is ${wanted.slice(0, 12)}…`);
  const binary = unzipSync(archive, { filter: (entry) => entry.name === file.member })[file.member];
  if (!binary) throw new Error(`${file.archive} holds no ${file.member}`);
  return installBinary(cacheFolder, version, (_folder, path) => writeFile(path, binary));
}

async function fetchBytes(url: string, giveUpMs: number): Promise<Uint8Array> {
  const abort = new AbortController();
  const silence = setTimeout(() => abort.abort(), giveUpMs);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`${response.status} from ${url}`);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of response.body) {
      silence.refresh();
      bytes += part.byteLength;
      if (bytes > archiveBytesMax) throw new Error(`${url} is larger than ${archiveBytesMax} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts);
  } catch (error) {
    if (abort.signal.aborted) throw new Error(`no answer from ${new URL(url).host} within ${giveUpMs / 1000} s`, { cause: error });
    if (error instanceof TypeError) throw new Error(`cannot reach ${new URL(url).host}${causeOf(error)}`, { cause: error });
    throw error;
  } finally {
    clearTimeout(silence);
  }
}

function causeOf(error: TypeError): string {
  const code = (error.cause as { code?: string } | undefined)?.code;
  return code ? ` (${code})` : '';
}
