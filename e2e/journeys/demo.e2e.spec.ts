import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { natsServer, repository } from '../fixture/system.ts';

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'manyhands-demo-'));
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

async function demo(): Promise<{ code: number | null; output: string }> {
  const env = {
    ...process.env,
    MANYHANDS_HOME: home,
    MANYHANDS_NATS_SERVER: natsServer(),
    MANYHANDS_NATS_PORT: String(await reservedPort()),
    PORT: String(await reservedPort()),
  };
  const child = spawn(process.execPath, ['deploy/local/dist/demo.js'], { cwd: repository, env });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  return new Promise((done) => child.once('close', (code) => done({ code, output })));
}

describe('npm run demo', () => {
  it('starts a system, counts the primes below a billion with a moving bar, stops it again and exits 0', async () => {
    const { code, output } = await demo();
    expect(output).toContain('50847534');
    expect(output).toMatch(/http:\/\/[^ ]+\/jobs\/[0-9a-f-]{36}/);
    const percents = [...output.matchAll(/(\d+(?:\.\d+)?) ?%/g)].map((match) => Number(match[1]));
    expect(new Set(percents).size, `percentages shown: ${percents.join(' ')}`).toBeGreaterThanOrEqual(3);
    expect(percents.at(-1)).toBe(100);
    expect(code, output).toBe(0);
  });
});
