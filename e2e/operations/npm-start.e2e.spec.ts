/** What a person reads until the system is ready: the real command, which builds first. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { afterAll, expect, it } from 'vitest';
import { natsServer, repository } from '../fixture/system.ts';

const folder = mkdtempSync(join(tmpdir(), 'npm-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('npm start is ready after at most fifteen lines, with npm own', async () => {
  const port = await reservedPort();
  const env = { ...process.env, PORT: String(port), MANYHANDS_HOME: join(folder, 'home'), MANYHANDS_NATS_SERVER: natsServer() };
  const child = spawn('npm', ['start'], { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let text = '';
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        text += data.toString();
        if (text.includes('Ready: ')) resolve();
      });
    child.once('close', () => reject(new Error(`npm start ended: ${text}`)));
  });
  try {
    await ready;
    const lines = text.slice(0, text.indexOf('Ready: ')).split('\n');
    expect(lines.length, text).toBeLessThanOrEqual(15);
    expect(text).toMatch(new RegExp(`Ready: .*http://127\\.0\\.0\\.1:${port}.*Ctrl-C`));
  } finally {
    child.kill('SIGTERM');
    await closed;
  }
});
