/**
 * The units of deploy/systemd under a real systemd, in a container without a network: what each account sees, what is started again, and what a restore needs. The services are
 * stand-ins that print what they can read; nats-server is the real one. Skipped by name unless FULL_SIZES=1, and where root, podman or debootstrap is missing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICE_IDENTITIES } from '@manyhands/proto/identities';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { natsServer, repository } from '../fixture/system.ts';

const image = 'localhost/debian-systemd';
const name = `manyhands-units-${process.pid}`;
const instances = [...SERVICE_IDENTITIES, 'compute-2'];
const missing = whatIsMissing();
/** On a machine that has other work. */
const within = { timeout: 60_000, interval: 250 };

/** Prints its account and the keys that it finds in the environments of all processes it sees. */
const service = `import { readdirSync, readFileSync } from 'node:fs';
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {
  const keys = readdirSync('/proc').filter(Number).flatMap((pid) => {
    try { return [...readFileSync(\`/proc/\${pid}/environ\`, 'utf8').matchAll(/MANYHANDS_NATS_NKEY=(\\S+?)\\0/g)].map(([, key]) => key); }
    catch { return []; }
  });
  console.log(JSON.stringify({ uid: process.getuid(), keys }));
}, 200);
`;

describe.skipIf(missing !== undefined)(
  `the units under systemd${missing ? ` (skipped: ${missing})` : ''}`,
  { timeout: 120_000 },
  () => {
    const scratch = mkdtempSync(join(tmpdir(), 'units-'));
    const env = { CONTAINERS_CONF: join(repository, 'e2e/deploy/containers.conf'), ...process.env };
    const podman = (...args: string[]): string =>
      execFileSync('podman', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
    const inside = (command: string): string => podman('exec', name, 'sh', '-c', command).trim();
    const logOf = (unit: string): string[] => inside(`journalctl --quiet --no-pager --output cat --unit ${unit}`).split('\n');
    const write = (path: string, text: string): void => {
      mkdirSync(join(scratch, path, '..'), { recursive: true });
      writeFileSync(join(scratch, path), text, { mode: 0o600 });
    };

    beforeAll(async () => {
      makeImage();
      const units = join(repository, 'deploy/systemd');
      for (const one of [...instances, 'provision']) write(`etc/${one}.env`, `MANYHANDS_NATS_NKEY=key-of-${one}\n`);
      write('etc/manyhands.env', readFileSync(join(units, 'manyhands.env.example'), 'utf8'));
      write('etc/nats.conf', readFileSync(join(units, 'nats.conf'), 'utf8').replace(/^include .*$/m, ''));
      for (const one of SERVICE_IDENTITIES) write(`opt/services/${one}/dist/main.js`, service);
      write('opt/services/coordinator/dist/provision/main.js', "console.log('The streams are there.');\n");
      write('opt/package.json', '{"type":"module"}');
      mkdirSync(join(scratch, 'opt/bin'));
      cpSync(natsServer(), join(scratch, 'opt/bin/nats-server'));
      execFileSync('chmod', ['-R', 'a+rX', join(scratch, 'opt'), scratch]);
      execFileSync('chmod', ['644', join(scratch, 'etc/nats.conf')]);
      const mounts = [
        `${scratch}/opt:/opt/manyhands:ro`,
        `${scratch}/etc:/etc/manyhands`,
        `${units}:/units:ro`,
        `${process.execPath}:/usr/local/bin/node:ro`,
      ];
      podman(
        'run',
        '--detach',
        '--name',
        name,
        '--systemd=always',
        '--network',
        'none',
        '--cap-add',
        'SYS_ADMIN',
        ...mounts.flatMap((mount) => ['--volume', mount]),
        image,
        '/sbin/init',
      );
      await vi.waitFor(
        () =>
          expect(spawnSync('podman', ['exec', name, 'systemctl', 'is-system-running'], { encoding: 'utf8', env }).stdout).toMatch(
            /running|degraded/,
          ),
        within,
      );
      inside(
        'cp /units/*.service /units/*.target /etc/systemd/system && systemctl daemon-reload && systemctl enable --quiet manyhands-nats manyhands.target',
      );
      inside('systemctl start manyhands-nats manyhands.target manyhands@compute-2');
    }, 600_000);
    afterAll(() => {
      spawnSync('podman', ['rm', '--force', '--time', '5', name], { env });
      rmSync(scratch, { recursive: true, force: true });
    });

    // Seen: all of them were one account, and each read the keys of all.
    it('each service is an account of its own, and finds its own key alone', async () => {
      const seen = await vi.waitFor(() => {
        const lines = instances.map((one) =>
          logOf(`manyhands@${one}`)
            .filter((line) => line.startsWith('{'))
            .at(-1),
        );
        expect(lines).not.toContain(undefined);
        return lines.map((line) => JSON.parse(line!) as { uid: number; keys: string[] });
      }, within);
      expect(seen.map(({ keys }) => keys)).toEqual(instances.map((one) => [`key-of-${one}`]));
      expect(new Set(seen.map(({ uid }) => uid)).size).toBe(instances.length);
    });

    it('one that is killed is started again', async () => {
      inside('systemctl kill --signal KILL manyhands@compute');
      await vi.waitFor(
        () =>
          expect(inside('systemctl show --property NRestarts,ActiveState manyhands@compute')).toBe(
            'NRestarts=1\nActiveState=active',
          ),
        within,
      );
    });

    it('NATS reads its configuration again when it is ordered to', async () => {
      inside('systemctl reload manyhands-nats');
      await vi.waitFor(() => expect(logOf('manyhands-nats').join('\n')).toContain('Reloaded server configuration'), within);
    });

    it('the streams are provided again when the services are started as after a restore', async () => {
      const provided = (): number => logOf('manyhands-provision').filter((line) => line === 'The streams are there.').length;
      const page = readFileSync(join(repository, 'docs/operations/disaster-recovery.md'), 'utf8');
      const [, stop = '', start = ''] = /^\| systemd +\| `([^`]+)`, then `([^`]+)` +\|$/m.exec(page)!;
      const before = provided();
      inside(stop);
      expect(inside('systemctl is-active manyhands-nats')).toBe('active');
      inside(start);
      await vi.waitFor(() => expect(provided()).toBe(before + 1), within);
      expect(inside('systemctl is-active manyhands@gateway')).toBe('active');
    });

    it('all of them end, NATS among them, with success', () => {
      inside('systemctl stop manyhands.target');
      const units = ['manyhands-nats', ...instances.map((one) => `manyhands@${one}`)];
      expect(units.map((unit) => inside(`systemctl show --property ActiveState,Result ${unit} | sort`))).toEqual(
        units.map(() => 'ActiveState=inactive\nResult=success'),
      );
    });

    /** Of Debian 12: systemd is older than what refuses hosts with the first version of cgroups. Two minutes, once. */
    function makeImage(): void {
      if (spawnSync('podman', ['image', 'exists', image], { env }).status === 0) return;
      const root = join(scratch, 'root');
      const [, mirror = ''] = /^URIs: (\S+)/m.exec(readFileSync('/etc/apt/sources.list.d/debian.sources', 'utf8'))!;
      execFileSync('debootstrap', ['--variant=minbase', '--include=systemd,systemd-sysv,dbus', 'bookworm', root, mirror], {
        stdio: 'ignore',
      });
      execFileSync('sh', ['-c', `tar -C ${root} -c . | podman import - ${image}`], { env, stdio: 'ignore' });
      rmSync(root, { recursive: true });
    }
  },
);

function whatIsMissing(): string | undefined {
  if (process.env['FULL_SIZES'] !== '1') return 'it takes minutes, and an image that is made for it: FULL_SIZES=1 runs it';
  if (process.getuid?.() !== 0) return 'it needs root';
  for (const program of ['podman', 'debootstrap'])
    if (!(process.env['PATH'] ?? '').split(':').some((place) => existsSync(join(place, program))))
      return `${program} is not installed`;
  return undefined;
}
