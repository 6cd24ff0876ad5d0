/**
 * The official nats-server release that is downloaded: its archives, and the SHA-256 each must have. Pure.
 *
 * The checksums stand here and are not fetched with the archive: who can change the one where it is published can change the other. They are those of the
 * release's SHA256SUMS as several public projects pinned them, independently and with the same result; the one of Windows is from one source only. Later releases
 * had no such witnesses when this was written, which is why `go install` builds a newer one.
 *
 * To move to another release: change `RELEASE` as a whole, with checksums you have compared with a second source.
 */
export const RELEASES_URL = 'https://github.com/nats-io/nats-server/releases/download';

export interface Release {
  version: string;
  /** SHA-256 of each archive, by its name. An archive that is not here is not downloaded. */
  sha256: Readonly<Record<string, string>>;
}

export const RELEASE: Release = {
  version: '2.15.0',
  sha256: {
    'nats-server-v2.15.0-linux-amd64.tar.gz': '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92',
    'nats-server-v2.15.0-linux-arm64.tar.gz': 'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112',
    'nats-server-v2.15.0-darwin-amd64.tar.gz': '5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95',
    'nats-server-v2.15.0-darwin-arm64.tar.gz': 'e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8',
    'nats-server-v2.15.0-windows-amd64.zip': '2d0861dc2ca3567d17f7d19611d7b346cc2ccbd7086a0a77cc957a2c71663200',
  },
};

export interface ReleaseFile {
  /** `nats-server-v2.15.0-linux-amd64.tar.gz`; a zip for Windows. */
  archive: string;
  url: string;
  sha256: string;
  /** Path of the binary within the archive. */
  member: string;
}

const systems: Partial<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const processors: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Undefined when we know no checksum for this platform. `platform` and `arch` are Node's words. */
export function releaseFile(
  { version, sha256 }: Release,
  platform: string,
  arch: string,
  baseUrl = RELEASES_URL,
): ReleaseFile | undefined {
  const folder = `nats-server-v${version}-${systems[platform]}-${processors[arch]}`;
  const archive = `${folder}.${platform === 'win32' ? 'zip' : 'tar.gz'}`;
  const sum = sha256[archive];
  if (sum === undefined) return undefined;
  return {
    archive,
    url: `${baseUrl.replace(/(?<!\/)\/+$/, '')}/v${version}/${archive}`,
    sha256: sum,
    member: `${folder}/${binaryName(platform)}`,
  };
}

export function binaryName(platform: string): string {
  return platform === 'win32' ? 'nats-server.exe' : 'nats-server';
}
