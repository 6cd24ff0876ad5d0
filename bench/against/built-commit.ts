/** The code of another commit, installed and built in a folder of its own under `.manyhands/bench`; later runs find it there. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { WrongSettings } from '@manyhands/proto/settings';
import { projectFolder } from '../../deploy/local/src/home.ts';

const run = promisify(execFile);

/** Its folder. `commit` is anything that names one to git. Throws a sentence. */
export async function builtCommit(commit: string): Promise<string> {
  const named = await run('git', ['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`], {
    cwd: projectFolder,
  })
    .then(({ stdout }) => stdout.trim())
    .catch(() => {
      throw new WrongSettings(`npm run bench: --against ${JSON.stringify(commit)} names no commit of this repository.`);
    });
  const folder = resolve(projectFolder, '.manyhands/bench', named.slice(0, 12));
  const stamp = join(folder, '.manyhands/is-built');
  if (existsSync(stamp)) return folder;
  console.log(`installing and building ${commit} (first use, some minutes)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run('git', ['clone', '--quiet', '--shared', '--no-checkout', projectFolder, folder]);
  await run('git', ['checkout', '--quiet', '--detach', named], { cwd: folder });
  // Not `npm ci`: the lock of an early commit lists one platform alone.
  await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, maxBuffer: 2 ** 26 });
  await run('npx', ['nx', 'run-many', '-t', 'build', '--outputStyle=static'], {
    cwd: folder,
    maxBuffer: 2 ** 26,
    env: {
      ...process.env,
      CI: 'true',
      NX_DAEMON: 'false',
      PATH: `${join(folder, 'node_modules/.bin')}${delimiter}${process.env['PATH']}`,
    },
  });
  mkdirSync(join(folder, '.manyhands'), { recursive: true });
  writeFileSync(stamp, '');
  return folder;
}
