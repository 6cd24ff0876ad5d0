/** The gateway as a process, started with what it can never work with. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

// Seen: a file was taken for the folder of the dashboard, and the process ended with a stack and 1, which has it started again without end.
it.each(['no/such', 'package.json'])('MANYHANDS_WEB=%s is one sentence, and no reason to start again', async (web) => {
  const ended = await new Promise<{ code: unknown; text: string }>((resolve) =>
    execFile(
      process.execPath,
      ['--conditions=source', '--disable-warning=ExperimentalWarning', main],
      { env: { ...process.env, MANYHANDS_WEB: web }, timeout: 20_000 },
      (error, stdout, stderr) => resolve({ code: error?.code, text: stdout + stderr }),
    ),
  );
  expect(ended).toEqual({
    code: 78,
    text: expect.stringMatching(
      /^The gateway cannot start: MANYHANDS_WEB names \/.*, which is no folder that can be read\. .*\n$/,
    ),
  });
});
