import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startNatsServer } from '@manyhands/testkit';
import { expect, it } from 'vitest';

const home = join(import.meta.dirname, '..');
const readme = readFileSync(join(home, 'README.md'), 'utf8');

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(readme)?.[1] ?? '';
}

it('the example of the README runs as it stands there, and prints what it says', async () => {
  const server = await startNatsServer();
  // Beside the package, so that its own name resolves.
  const file = join(home, `example-${process.pid}.mts`);
  writeFileSync(file, block('ts'));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', file], {
      // Test runners ask for colours.
      env: { ...process.env, NATS_URL: server.url, FORCE_COLOR: '0' },
    });
    expect(stdout).toBe(block('text'));
  } finally {
    rmSync(file);
    await server.stop();
  }
});
