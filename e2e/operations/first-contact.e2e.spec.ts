/** How the system starts and ends in the hands of somebody new: wrong settings, a closed terminal, a killed supervisor. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { natsServer, repository, startSystem, type System } from '../fixture/system.ts';

const program = natsServer();
let folder: string;
let system: System | undefined;
const sockets: Socket[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'first-contact-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await system?.stop();
  system = undefined;
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  code: number;
  text: string;
}

function run(entry: string, env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const given = { ...process.env, MANYHANDS_HOME: join(folder, 'home'), MANYHANDS_NATS_SERVER: program, ...env };
    execFile(process.execPath, [entry], { cwd: repository, env: given, timeout: 110_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
    );
  });
}

/** Command lines that name the text. */
function processesWith(text: string): string[] {
  return execFileSync('ps', ['-eww', '-o', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text));
}

it('a wrong setting is one sentence from npm start, before anything is started', async () => {
  writeFileSync(join(folder, 'file'), '');
  const wrong: [Record<string, string>, RegExp][] = [
    [{ MANYHANDS_SLOTS: '500' }, /^Manyhands cannot start: MANYHANDS_SLOTS must be/],
    [{ MANYHANDS_LOG_LEVEL: 'loud' }, /MANYHANDS_LOG_LEVEL must be one of trace/],
    [{ MANYHANDS_RETENTION_HOURS: '0' }, /MANYHANDS_RETENTION_HOURS must be/],
    [{ MANYHANDS_REPLICAS: '3' }, /MANYHANDS_REPLICAS is 3/],
    [{ MANYHANDS_HISTORY_DAYS: 'forever' }, /MANYHANDS_HISTORY_DAYS must be/],
    [{ MANYHANDS_WEB: 'no/such' }, /^MANYHANDS_WEB is "no\/such"/],
    [{ MANYHANDS_HOME: join(folder, 'file/below') }, /there is a file in its place/],
    [{ HOST: '0.0.0.0' }, /^Manyhands cannot start: other machines reach HOST "0\.0\.0\.0", and without accounts/],
    [{ HOST: '10.9.8.7', AUTH: 'on' }, /^HOST is "10\.9\.8\.7", which is not an address of this machine/],
    [{ NATS_URL: 'nats://bob:s3cretPW@127.0.0.1:1' }, /^No NATS server answers at 127\.0\.0\.1:1/],
  ];
  for (const [env, sentence] of wrong) {
    const { code, text } = await run('deploy/local/dist/start.js', { PORT: String(await reservedPort()), ...env });
    expect({ env, code, text: text.trimEnd() }).toEqual({ env, code: 1, text: expect.stringMatching(sentence) });
    expect(text).not.toMatch(/s3cretPW|\n\s+at /);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
  }
});

it('what only a service can know ends everything with its sentence', async () => {
  const { code, text } = await run('deploy/local/dist/start.js', { PORT: String(await reservedPort()), MANYHANDS_KINDS: 'nope' });
  expect({ code, text: text.trimEnd() }).toEqual({
    code: 1,
    text: expect.stringMatching(
      /compute cannot run with these settings \(it ended with 78\); all processes are stopped\.\nCompute cannot start: MANYHANDS_KINDS is "nope", but no task is named nope; there are: .*$/,
    ),
  });
  expect(processesWith(folder)).toEqual([]);
});

it.each(['gateway', 'coordinator', 'compute', 'metrics'])(
  '%s started by hand with a wrong setting ends with 78 and a sentence',
  async (service) => {
    expect(
      await run(`services/${service}/dist/main.js`, { MANYHANDS_RETENTION_HOURS: '0', NATS_URL: 'http://bob:s3cretPW@n1' }),
    ).toEqual({
      code: 78,
      text: expect.stringMatching(
        /cannot start: NATS_URL must be an address .* \(its value is not shown, for it may hold a secret\); MANYHANDS_RETENTION_HOURS must be .* \(it is "0"\)\.\n$/,
      ),
    });
  },
);

it.each(['SIGINT', 'SIGHUP'] as const)('%s ends everything, whatever clients hold open', async (signal) => {
  system = await startSystem({ slots: 1 });
  const port = Number(new URL(system.baseUrl).port);
  const head = `Host: 127.0.0.1:${port}\r\n`;
  const held = [
    'GET /v1/jobs/00000000-0000-7000-8000-000000000000/events HTTP/1.1\r\n' + head + '\r\n',
    `GET /ws HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    `POST /v1/jobs HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"`,
    `GET /healthz HTTP/1.1\r\n${head}\r\n`,
    'GET /hea',
  ];
  for (const text of held) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.resume().write(text);
    sockets.push(socket);
  }
  await fetch(`${system.baseUrl}/healthz`);
  const { home, pid } = system;
  process.kill(pid, signal);
  await vi.waitFor(() => expect(processesWith(home)).toEqual([]), { timeout: 20_000, interval: 100 });
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 20_000, interval: 100 });
  expect(system.output()).toContain('Stopped.');
});

it('a system that is started again after its supervisor was killed finds the nats-server that outlived it, without ps and setpriv', async () => {
  // A PATH that holds nothing: no setpriv ties the server to its parent, and no ps tells of it.
  const env = { PATH: join(folder, 'empty'), MANYHANDS_HOME: join(folder, 'größe'), LC_ALL: 'C' };
  const start = (): Promise<System> => startSystem({ slots: 1, env });
  const first = await start();
  process.kill(first.pid, 'SIGKILL');
  system = await start();
  expect(system.output()).toMatch(/nats-server: ending process \d+, which still runs after its system was killed/);
  // In some locales `ps` writes other letters for those of the folder.
  expect(processesWith(folder).filter((line) => line.includes('nats-server.conf'))).toHaveLength(1);
  await first.stop();
});
