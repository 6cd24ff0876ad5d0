/** Builds nats-server with the Go toolchain, from the Go module of the pinned version (whose checksum Go verifies itself). */
import { execFile } from 'node:child_process';
import { installBinary } from './install.ts';

export const SERVER_MODULE = 'github.com/nats-io/nats-server/v2';

const buildMsMax = 10 * 60_000;

export interface GoInstallOptions {
  version: string;
  cacheFolder: string;
  /** The Go command. */
  go?: string;
  /** Called once the toolchain is known to be there: building takes a minute or two. */
  started?: () => void;
}

/** Returns the path of the installed binary. Throws a one-line reason. */
export async function goInstall({ version, cacheFolder, go = 'go', started }: GoInstallOptions): Promise<string> {
  await run(go, ['version'], {}).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? 'there is no Go toolchain' : error.message, { cause: error });
  });
  started?.();
  return installBinary(cacheFolder, version, (folder) => run(go, ['install', `${SERVER_MODULE}@v${version}`], { GOBIN: folder }));
}

function run(program: string, args: string[], env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: { ...process.env, ...env }, timeout: buildMsMax }, (error, _stdout, stderr) => {
      if (!error) return resolve();
      const said = stderr.trim().split('\n').at(-1);
      reject(Object.assign(new Error(said || error.message, { cause: error }), { code: error.code }));
    });
  });
}
