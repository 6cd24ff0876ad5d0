/**
 * Fetches the official release and checks it against the SHA-256 in our source.
 *
 * Invariant: bytes whose checksum differs are neither unpacked nor written, wherever they came from.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { memberOf } from './archive-member.ts';
import { fetchBytes } from './fetch-bytes.ts';
import { installBinary } from './install.ts';
import { RELEASE, releaseFile, RELEASES_URL, type Release } from './release.ts';

export interface DownloadOptions {
  cacheFolder: string;
  release?: Release;
  /** Where releases are published; a mirror may stand in. */
  baseUrl?: string;
  platform?: string;
  arch?: string;
  /** Milliseconds without a single byte after which the download fails. */
  giveUpMs?: number;
  env?: NodeJS.ProcessEnv;
}

const archiveBytesMax = 100 * 1024 ** 2;

/** Returns the path of the installed binary. Throws a one-line reason. */
export async function downloadRelease(options: DownloadOptions): Promise<string> {
  const {
    cacheFolder,
    release = RELEASE,
    baseUrl = RELEASES_URL,
    platform = process.platform,
    arch = process.arch,
    giveUpMs = 5_000,
    env,
  } = options;
  const file = releaseFile(release, platform, arch, baseUrl);
  if (!file)
    throw new Error(`no checksum of nats-server ${release.version} for ${platform} ${arch} is known, so it is not downloaded`);
  const archive = await fetchBytes(file.url, { giveUpMs, bytesMax: archiveBytesMax, ...(env && { env }) });
  const got = createHash('sha256').update(archive).digest('hex');
  if (got !== file.sha256)
    throw new Error(
      `the download of ${file.archive} is not the right file: its SHA-256 is ${got.slice(0, 12)}…, not ${file.sha256.slice(0, 12)}…`,
    );
  const binary = memberOf(archive, file.archive, file.member);
  if (!binary) throw new Error(`${file.archive} holds no ${file.member}`);
  return installBinary(cacheFolder, release.version, (_folder, path) => writeFile(path, binary));
}
