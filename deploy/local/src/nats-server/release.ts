/** Names in an official nats-server release: archive, checksum list and the binary inside. Pure. */
export const RELEASES_URL = 'https://github.com/nats-io/nats-server/releases/download';

export interface ReleaseFile {
  /** `nats-server-v2.15.2-linux-amd64.zip`: every platform has a zip. */
  archive: string;
  archiveUrl: string;
  checksumsUrl: string;
  /** Path of the binary within the archive. */
  member: string;
}

const systems: Partial<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const processors: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Undefined when there is no release for this platform. `platform` and `arch` are Node's words. */
export function releaseFile(version: string, platform: string, arch: string, baseUrl = RELEASES_URL): ReleaseFile | undefined {
  const system = systems[platform];
  const processor = processors[arch];
  if (!system || !processor) return undefined;
  const folder = `nats-server-v${version}-${system}-${processor}`;
  const base = `${baseUrl.replace(/\/+$/, '')}/v${version}`;
  return {
    archive: `${folder}.zip`,
    archiveUrl: `${base}/${folder}.zip`,
    checksumsUrl: `${base}/SHA256SUMS`,
    member: `${folder}/${binaryName(platform)}`,
  };
}

export function binaryName(platform: string): string {
  return platform === 'win32' ? 'nats-server.exe' : 'nats-server';
}

/** The checksum of one file in the text of a SHA256SUMS list (`<64 hex>  <name>`, the name perhaps with a `*`). */
export function checksumOf(archive: string, checksums: string): string | undefined {
  for (const line of checksums.split('\n')) {
    const [sum, name] = line.trim().split(/\s+/);
    if (name?.replace(/^\*/, '') === archive && sum && /^[0-9a-fA-F]{64}$/.test(sum)) return sum.toLowerCase();
  }
  return undefined;
}
