/**
 * Builds nats-server with the Go toolchain, from the Go module of the pinned version.
 *
 * Invariant: nothing is built from a module whose hash is not the one in our source, whatever proxy it came through and whether or not Go asks its checksum
 * database. What the module depends on is Go's to verify.
 */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { installBinary } from './install.ts';

const SERVER_MODULE = 'github.com/nats-io/nats-server/v2';

/** As `go.sum` has it, of each version that may be built; from Go's checksum database. */
export const MODULE_SUMS: Readonly<Record<string, string>> = {
  '2.15.2': 'h1:yLsgt2kslgymvxvjFq1WGWck5hkat2YYfbXvQ145tzU=',
};

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
  const wanted = MODULE_SUMS[version];
  if (wanted === undefined) throw new Error(`no checksum of the Go module ${version} is known, so it is not built`);
  started?.();
  const got = sumIn(await run(go, ['mod', 'download', '-json', `${SERVER_MODULE}@v${version}`], {}));
  if (got !== wanted)
    throw new Error(
      `the download of the Go module ${version} is not the right one: its hash is ${got ?? 'unknown'}, not ${wanted}`,
    );
  return installBinary(
    cacheFolder,
    version,
    async (folder) => void (await run(go, ['install', `${SERVER_MODULE}@v${version}`], { GOBIN: folder })),
  );
}

/** What `go mod download -json` printed. */
function sumIn(printed: string): string | undefined {
  try {
    const { Sum: sum } = JSON.parse(printed) as { Sum?: unknown };
    return typeof sum === 'string' ? sum : undefined;
  } catch {
    return undefined;
  }
}

/** Where no module and no workspace of the user's own counts: Go reads those of the folder it runs in and above, whatever it is asked for. */
const apart = { cwd: tmpdir(), timeout: buildMsMax };

function run(program: string, args: string[], env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...apart, env: { ...process.env, GOWORK: 'off', ...env } }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const said = stderr.trim().split('\n').at(-1);
      reject(Object.assign(new Error(said || error.message, { cause: error }), { code: error.code }));
    });
  });
}
