/** The files of deploy/ against what the services read and need: a name that drifts, or a limit that does not fit, is found here and not on a host. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CAPACITY, reservedBytes } from '@manyhands/proto';
import { SETTINGS, settingsOf, type Reader } from '@manyhands/proto/settings';
import { IDENTITIES, SERVICE_IDENTITIES } from '@manyhands/proto/identities';
import { createIdentities, reservedPort } from '@manyhands/testkit';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { memoryMibOf } from '@manyhands/worker';
import { natsServer, repository } from '../fixture/system.ts';
import { programIn } from './chart.ts';
import { readCompose, variables } from './compose-file.ts';

const read = (path: string): string => readFileSync(join(repository, 'deploy', path), 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'deploy-files-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const composeProgram = programIn('docker-compose');
const services = ['gateway', 'coordinator', 'compute', 'metrics'] as const satisfies readonly Reader[];
/** What a drain takes at most beside `MANYHANDS_DRAIN_WITHIN`, in seconds. */
const DRAIN_SEC = 10;

describe('the compose file', () => {
  const compose = readCompose(['compose.yaml']);
  const environmentOf = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(compose.services[name]!.environment ?? {}).map(([key, value]) => [key, String(value)]));

  it('has every service of ours and gives each what it reads, and nothing it does not', () => {
    for (const name of services) {
      const { command } = compose.services[name]!;
      const environment = environmentOf(name);
      const readersOf = (key: string): readonly string[] =>
        (SETTINGS as Record<string, { readers: readonly string[] } | undefined>)[key.replace(/_FILE$/, '')]?.readers ?? [];
      expect(
        Object.keys(environment).filter((key) => !readersOf(key).includes(name)),
        name,
      ).toEqual([]);
      expect(() => settingsOf(name, environment), name).not.toThrow();
      expect((command ?? ['node', 'services/gateway/dist/main.js'])[1]).toBe(`services/${name}/dist/main.js`);
    }
  });

  it('gives each service the key of its own alone, and starts it when NATS knows the keys and the streams are there', () => {
    const keysOf = (name: string) => (compose.services[name]!.volumes ?? []).filter((volume) => volume.includes('keys'));
    for (const name of [...services, 'provision']) {
      expect(keysOf(name), name).toEqual([`keys-${name}:/keys/${name}:ro`]);
      expect(environmentOf(name)['MANYHANDS_NATS_NKEY_FILE'], name).toBe(`/keys/${name}/${name}.nkey`);
    }
    expect(keysOf('nats')).toEqual(['keys-server:/etc/nats-keys:ro']);
    expect(read('compose/nats.conf')).toMatch(/^include \.\.\/nats-keys\/authorization\.conf$/m);
    expect(keysOf('keys').sort()).toEqual(['server', ...IDENTITIES].map((one) => `keys-${one}:/keys/${one}`).sort());
    expect(compose.services['keys']!.network_mode).toBe('none');
    // Folders that the image does not have would be those of root.
    const made = /^RUN mkdir -p (.*) && chown -R 10001:10001 \/data \/keys$/m.exec(read('docker/Dockerfile'))![1]!.split(' ');
    expect(made.filter((path) => path.startsWith('/keys')).sort()).toEqual(
      keysOf('keys')
        .map((volume) => volume.split(':')[1])
        .sort(),
    );
    const keys = { condition: 'service_completed_successfully' };
    const nats = { condition: 'service_healthy' };
    expect(compose.services['nats']!.depends_on).toEqual({ keys: { ...keys, restart: true } });
    expect(compose.services['provision']!.depends_on).toEqual({ keys, nats });
    for (const name of services) expect(compose.services[name]!.depends_on, name).toEqual({ keys, nats, provision: keys });
  });

  it('names each setting of the example file, and needs none', () => {
    const names = new Set([...read('compose/.env.example').matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name));
    expect([...names].sort()).toEqual(variables());
  });

  // Seen: our guides state what to set where the disk is smaller or larger, and here it changed nothing.
  it('reserves in NATS what its settings state, for all that must know it', () => {
    const { services: all } = readCompose(['compose.yaml'], { MANYHANDS_STORAGE_GB: '5', MANYHANDS_RETENTION_HOURS: '48' });
    for (const name of ['provision', ...services])
      expect(all[name]!.environment, name).toMatchObject({ MANYHANDS_STORAGE_GB: 5, MANYHANDS_RETENTION_HOURS: 48 });
  });

  // Seen: AUTH_REGISTRATION=off in .env was read by nothing, and visitors made accounts for themselves.
  it('gives each service what stands in a file of its own, which is neither committed nor sent to the builder', () => {
    for (const name of services)
      expect(compose.services[name]!.env_file, name).toEqual([{ path: `${name}.env`, required: false }]);
    expect(read('../.gitignore')).toMatch(/^\/deploy\/compose\/\*\.env$/m);
    expect(read('../.dockerignore')).toMatch(/^deploy\/compose$/m);
  });

  it.skipIf(composeProgram === undefined)(
    'is read with and without those files, and they go not before what it states itself',
    () => {
      const folder = join(scratch, 'compose');
      cpSync(join(repository, 'deploy/compose'), folder, { recursive: true });
      const environment = (): Record<string, string> => {
        const { status, stdout, stderr } = spawnSync(composeProgram!, ['config', '--format', 'json'], {
          cwd: folder,
          encoding: 'utf8',
        });
        expect(status, stderr).toBe(0);
        return (JSON.parse(stdout) as { services: { gateway: { environment: Record<string, string> } } }).services.gateway
          .environment;
      };
      expect(environment()).not.toHaveProperty('AUTH_REGISTRATION');
      writeFileSync(join(folder, 'gateway.env'), 'AUTH_REGISTRATION=off\nPORT=1\n');
      expect(environment()).toMatchObject({ AUTH_REGISTRATION: 'off', PORT: '8000' });
    },
  );

  // Seen: on a host of 64 cores nginx could not start all of its processes.
  it('starts as many processes of nginx as its container may have, whatever the host has', () => {
    const [, workers] = /^worker_processes (\d+);$/m.exec(read('compose/nginx.conf')) ?? [];
    expect(Number(workers)).toBeLessThan(compose.services['proxy']!.pids_limit / 4);
  });

  it('has as many workers as its settings state', () => {
    const workers = (given: Record<string, string>) => readCompose(['compose.yaml'], given).services['compute']!.scale;
    expect([workers({}), workers({ MANYHANDS_WORKERS: '3' })]).toEqual([1, 3]);
  });

  // Seen: it was 1 GB for any number of slots.
  it('gives a worker as much memory as its settings state, and states how many slots it holds unset', () => {
    const memory = (given: Record<string, string>) => readCompose(['compose.yaml'], given).services['compute']!.mem_limit;
    expect([memory({}), memory({ MANYHANDS_COMPUTE_MEMORY: '3g' })]).toEqual(['1g', '3g']);
    const [, most] = /Holds (\d+) slots/.exec(read('compose/compose.yaml'))!;
    expect(memoryMibOf(Number(most))).toBeLessThanOrEqual(1024);
    expect(memoryMibOf(Number(most) + 1)).toBeGreaterThan(1024);
  });

  it('runs everything hardened, bounded and of one exact version, and publishes the proxy alone, to this machine', () => {
    expect(compose.networks['inner']).toEqual({ internal: true });
    const restarts: Record<string, string> = { keys: 'never', provision: 'on-failure:5' };
    const networks: Record<string, string[]> = { proxy: ['inner', 'outer'], keys: ['none'] };
    for (const [name, service] of Object.entries(compose.services)) {
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.restart ?? 'never', name).toBe(restarts[name] ?? 'unless-stopped');
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
      if (service.image.startsWith('manyhands/')) expect(service.pull_policy, name).toBe('never');
      expect(service.pids_limit, name).toBeGreaterThan(0);
      expect(service.mem_limit, name).toMatch(/^\d+[mg]$/);
      expect(service.image, name).toMatch(/^(manyhands\/manyhands:dev|nats:\d+\.\d+\.\d+-alpine|nginx:\d+\.\d+-alpine)$/);
      expect(service.networks ?? [service.network_mode], name).toEqual(networks[name] ?? ['inner']);
      expect(service.ports ?? [], name).toEqual(name === 'proxy' ? ['127.0.0.1:8080:8080'] : []);
    }
  });

  it('waits longer for each service than its drain takes', () => {
    for (const name of services) {
      const { stop_grace_period: grace } = compose.services[name]!;
      const drainSec = name === 'compute' ? settingsOf('compute', environmentOf(name)).MANYHANDS_DRAIN_WITHIN : 0;
      expect(Number.parseInt(grace), name).toBeGreaterThan(drainSec + DRAIN_SEC);
    }
  });
});

describe('the image', () => {
  const dockerfile = read('docker/Dockerfile');

  it('is built from the lock, of exact bases, and runs as an account without a name', () => {
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, from]) => from)).toEqual(Array(2).fill('node:24-bookworm-slim'));
    expect(dockerfile).not.toMatch(/npm install|:latest|curl /);
    expect(dockerfile).toMatch(/^USER 10001:10001$/m);
    expect(dockerfile.indexOf('chown 10001:10001 /data')).toBeLessThan(dockerfile.indexOf('USER 10001'));
  });

  // Of the guide for Kubernetes, which has them made in the clone before the next image is built.
  it('has no keys of NATS sent to its builder, or committed', () => {
    expect(read('../.dockerignore')).toMatch(/^keys$/m);
    expect(read('../.gitignore')).toMatch(/^\/keys\/$/m);
  });

  it('is gathered from what is built: what runs, and the name of each workspace', () => {
    const folder = join(scratch, 'gathered');
    // As in the shell of an account that shows its files to no other.
    const gather = (): ReturnType<typeof spawnSync> =>
      spawnSync(
        'sh',
        ['-c', 'umask 077 && exec "$@"', 'sh', process.execPath, join(repository, 'deploy/gather.mjs'), folder, '--no-install'],
        { encoding: 'utf8' },
      );
    expect(gather()).toMatchObject({ status: 0, stderr: '' });
    const { workspaces } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { workspaces: string[] };
    const wanted = [
      ...services.map((name) => `services/${name}/dist/main.js`),
      'web/build/200.html',
      'LICENSE',
      ...globSync(
        workspaces.map((pattern) => `${pattern}/package.json`),
        { cwd: repository },
      ),
    ];
    expect(wanted.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
    const all = ['', ...globSync('**', { cwd: folder })].map((path) => ({ path, found: statSync(join(folder, path)) }));
    const hidden = all.filter(
      ({ found }) => (found.mode & 0o077) !== (found.isDirectory() || (found.mode & 0o100) !== 0 ? 0o055 : 0o044),
    );
    expect(hidden.map(({ path }) => path)).toEqual([]);
    expect(gather()).toMatchObject({ status: 1, stderr: expect.stringMatching(/is there already; name a new folder/) });
  });

  it('asks the health port without a shell', async () => {
    const [, list] = /^HEALTHCHECK .* CMD (\[.*\])$/m.exec(dockerfile)!;
    expect(JSON.parse(list!)).toEqual(['node', 'healthy.mjs']);
    expect(await isHealthy({ HEALTH_PORT: '1' })).toBe(1);
  });

  // Seen: a proxy in the environment was asked for it, and 127.0.0.1 where the service listens elsewhere.
  it.skipIf(process.platform !== 'linux')(
    'is healthy where its service listens, whatever proxy the environment names',
    async () => {
      const host = '127.0.0.2';
      const server = createServer(({ url }, answer) => answer.writeHead(url === '/healthz' ? 200 : 404).end());
      await new Promise<void>((resolve) => server.listen(0, host, resolve));
      const at = { HOST: host, HEALTH_PORT: String((server.address() as AddressInfo).port) };
      expect(await isHealthy(at)).toBe(0);
      expect(await isHealthy({ ...at, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:1' })).toBe(0);
      server.close();
    },
  );

  const isHealthy = (env: Record<string, string>) =>
    new Promise((resolve) =>
      spawn(process.execPath, [join(repository, 'deploy/docker/healthy.mjs')], { env: { ...process.env, ...env } }).on(
        'exit',
        resolve,
      ),
    );
});

describe.each(['compose', 'systemd'])('nats.conf of %s', (folder) => {
  it('stores before it acknowledges, holds what the streams reserve, and is read by nats-server', () => {
    const config = read(`${folder}/nats.conf`);
    expect(config).toMatch(/^ {2}sync_interval: always$/m);
    const [, included] = /^include (\S+)$/m.exec(config)!;
    const place = join(scratch, folder, 'nats', included!);
    mkdirSync(join(place, '..'), { recursive: true });
    mkdirSync(join(scratch, folder, 'nats'), { recursive: true });
    writeFileSync(place, createIdentities().config);
    const [, gb] = /max_file_store: (\d+)GB/.exec(config)!;
    expect(Number(gb) * 1024 ** 3).toBeGreaterThan(reservedBytes(CAPACITY.storageGb) + 1024 ** 3);
    const file = join(scratch, folder, 'nats/nats.conf');
    writeFileSync(file, config.replace(/store_dir: .*/, `store_dir: ${JSON.stringify(scratch)}`));
    const checked = spawnSync(natsServer(), ['-t', '-c', file], { encoding: 'utf8' });
    expect([checked.status, checked.stderr]).toEqual([0, expect.stringContaining('configuration file')]);
  });
});

// Seen: with a hundred workers NATS was killed amidst its stop, which takes two minutes unless its configuration states otherwise.
it('NATS has ended its connections before what stops it gives up', () => {
  const endsWithinSec = (file: string): number => Number(/^lame_duck_duration: "(\d+)s"$/m.exec(read(file))?.[1] ?? 120);
  const [, ofUnit] = /^TimeoutStopSec=(\d+)$/m.exec(read('systemd/manyhands-nats.service'))!;
  const ofContainer = Number.parseInt(readCompose(['compose.yaml']).services['nats']!.stop_grace_period);
  for (const [file, waitsSec] of [
    ['systemd/nats.conf', Number(ofUnit)],
    ['nats/cluster.conf', Number(ofUnit)],
    ['compose/nats.conf', ofContainer],
  ] as const)
    expect(waitsSec, file).toBeGreaterThan(endsWithinSec(file) + DRAIN_SEC);
});

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('the units', () => {
  const units = ['manyhands@.service', 'manyhands-nats.service', 'manyhands-provision.service', 'manyhands.target'];

  it('give the services settings that there are, and wait longer than a drain', () => {
    const example = read('systemd/manyhands.env.example');
    const names = [...example.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name!);
    expect(names.filter((name) => !Object.hasOwn(SETTINGS, name))).toEqual([]);
    const environment = Object.fromEntries([...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]));
    for (const name of services) expect(() => settingsOf(name, environment), name).not.toThrow();
    const [, waits] = /^TimeoutStopSec=(\d+)$/m.exec(read('systemd/manyhands@.service'))!;
    expect(Number(waits)).toBeGreaterThan(Number(SETTINGS.MANYHANDS_DRAIN_WITHIN.default) + DRAIN_SEC);
  });

  // Seen: all of them ran as one account, so any of them could read the keys of the others in /proc.
  it('run each service as an account of its own, a second of one kind, too', () => {
    expect(read('systemd/manyhands@.service')).toMatch(/^DynamicUser=yes\nUser=manyhands-%i$/m);
  });

  // Seen: `systemctl reload manyhands-nats` for a new certificate found no /bin/kill.
  it('run no program of the host but its shell', () => {
    const programs = units.flatMap((unit) =>
      [...read(`systemd/${unit}`).matchAll(/^Exec\w+=(\S+)/gm)].map(([, program]) => program),
    );
    expect(new Set(programs)).toEqual(new Set(['/bin/sh', '/opt/manyhands/bin/nats-server']));
  });

  it.skipIf(!hasAnalyze)('are units as systemd reads them, and expose little', () => {
    const folder = join(scratch, 'units');
    mkdirSync(folder);
    for (const unit of units) cpSync(join(repository, 'deploy/systemd', unit), join(folder, unit));
    symlinkSync('manyhands@.service', join(folder, 'manyhands@gateway.service'));
    const named = ['manyhands@gateway.service', 'manyhands-nats.service', 'manyhands-provision.service'];
    const verified = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', ...named.map((unit) => `./${unit}`), './manyhands.target'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    const complaints = `${verified.stdout}${verified.stderr}`.split('\n').filter((line) => /manyhands/.test(line));
    expect(complaints.filter((line) => !/is not executable: No such file or directory/.test(line))).toEqual([]);
    for (const unit of named) {
      const { status, stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=15', unit], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect([
        unit,
        status,
        stdout
          .split('\n')
          .filter((line) => line.startsWith('→'))
          .join(''),
      ]).toEqual([unit, 0, expect.anything()]);
    }
  });

  // Seen: the Node of a version manager in the shell of root let all of it be installed, and no unit found it.
  it('are not installed where they would find no Node, whatever the shell finds', () => {
    const [places, programs] = [join(scratch, 'places'), join(scratch, 'programs')];
    const script = join(scratch, 'clone/deploy/systemd/install.sh');
    for (const folder of [places, programs, join(script, '..')]) mkdirSync(folder, { recursive: true });
    for (const [name, prints] of [['id', '0'] as const, ['systemctl', ''] as const])
      writeFileSync(join(programs, name), `#!/bin/sh\necho ${prints}\n`, { mode: 0o755 });
    symlinkSync(process.execPath, join(programs, 'node'));
    writeFileSync(
      script,
      read('systemd/install.sh').replace('PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ', `PATH=${places} `),
    );
    const install = () =>
      spawnSync('bash', [script], { encoding: 'utf8', env: { PATH: `${programs}:/usr/bin:/bin`, NATS_SERVER: '/no/such' } });
    expect(install()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^install\.sh: Node is missing\. .* where systemd finds it/),
    });
    writeFileSync(join(places, 'node'), '#!/bin/sh\n[ "$1" = --version ] && echo v20.1.0\nexit 1\n', { mode: 0o755 });
    expect(install()).toMatchObject({
      status: 1,
      stderr: `install.sh: Node 24 or newer is needed where systemd finds it, and ${places}/node is v20.1.0.\n`,
    });
    rmSync(join(places, 'node'));
    symlinkSync(process.execPath, join(places, 'node'));
    expect(install()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^install\.sh: there is no nats-server at \/no\/such/),
    });
  });

  /** A host on which `install.sh` of a clone in its folder `clone` runs, with stand-ins for what it calls. */
  function openHost(clone = 'clone') {
    const host = mkdtempSync(join(scratch, 'host-'));
    const [folder, programs] = [join(host, clone), join(host, 'programs')];
    for (const made of ['programs', 'opt', 'etc/manyhands', 'etc/systemd/system'])
      mkdirSync(join(host, made), { recursive: true });
    cpSync(join(repository, 'deploy/systemd'), join(folder, 'deploy/systemd'), { recursive: true });
    const script = join(folder, 'deploy/systemd/install.sh');
    writeFileSync(
      script,
      readFileSync(script, 'utf8')
        .replace('PATH=/usr/local/sbin:', `PATH=${programs}:`)
        .replaceAll(/(?<=[= ])\/(opt|etc)\//g, `${host}/$1/`),
    );
    writeFileSync(join(folder, 'deploy/gather.mjs'), "import { mkdirSync } from 'node:fs';\nmkdirSync(process.argv[2]);\n");
    writeFileSync(join(host, 'etc/manyhands/nats.conf'), '# of the operator\n');
    const called = join(host, 'called');
    writeFileSync(join(programs, 'id'), '#!/bin/sh\necho 0\n', { mode: 0o755 });
    writeFileSync(
      join(programs, 'systemctl'),
      `#!/bin/sh\n[ "$2" = is-enabled ] && exec test -e ${host}/enabled\n[ "$2" = is-active ] && exit 1\necho "$*" >> ${called}\n`,
      { mode: 0o755 },
    );
    symlinkSync(process.execPath, join(programs, 'node'));
    const env = { PATH: `${programs}:/usr/bin:/bin`, NATS_SERVER: '/bin/true' };
    return {
      folder: host,
      run: () => spawnSync('bash', [script], { encoding: 'utf8', env }),
      /** What systemctl was called with. */
      install(): string[] {
        rmSync(called, { force: true });
        expect(this.run()).toMatchObject({ status: 0, stderr: '' });
        return readFileSync(called, 'utf8').trim().split('\n');
      },
    };
  }

  it('are installed again without the broker where that was disabled, because NATS runs elsewhere', () => {
    const host = openHost();
    const all = [
      'daemon-reload',
      'enable --quiet manyhands-nats.service manyhands.target',
      'start manyhands-nats.service manyhands.target',
    ];
    expect(host.install()).toEqual(all);
    expect(host.install()).toEqual(['daemon-reload', 'enable --quiet manyhands.target', 'start manyhands.target']);
    writeFileSync(join(host.folder, 'enabled'), '');
    expect(host.install()).toEqual(all);
  });

  // Seen: a clone in /opt/manyhands was replaced by what was built of it, and was gone with all that lay in it.
  it.each(['opt/manyhands', 'opt/manyhands/source'])('are not installed over the clone they come from (%s)', (clone) => {
    const host = openHost(clone);
    const data = join(host.folder, clone, '.manyhands');
    mkdirSync(data);
    expect(host.run()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^install\.sh: this clone is in \S*\/opt\/manyhands, .* Move it elsewhere/),
    });
    expect(existsSync(data)).toBe(true);
  });

  it('are installed over nothing but an installation', () => {
    const host = openHost();
    const found = join(host.folder, 'opt/manyhands/of the operator');
    mkdirSync(found, { recursive: true });
    expect(host.run()).toMatchObject({ status: 1, stderr: expect.stringMatching(/is there, and it is no installation/) });
    expect(existsSync(found)).toBe(true);
  });

  it('are installed by a script that the shell can read', () => {
    const script = join(repository, 'deploy/systemd/install.sh');
    expect(spawnSync('bash', ['-n', script]).status).toBe(0);
    const [, given] = /for identity in ([a-z ]+);/.exec(read('systemd/install.sh'))!;
    // The key of the administrator is for people.
    expect(given!.split(' ')).toEqual([...SERVICE_IDENTITIES, 'provision']);
  });
});

const hasNginx = spawnSync('nginx', ['-v']).status === 0;

describe('nginx', () => {
  it('treats requests alike before one host and in compose', () => {
    const rulesOf = (text: string): string[] =>
      [
        ...text.matchAll(
          /^\s*(location [^{]*?|proxy_(?!temp)[a-z_]+ [^;]*|limit_[a-z]+ [^;]*|map [^{]*\{[^}]*\}|limit_\w+_zone [^;]*)[;{]/gm,
        ),
      ]
        .map(([, rule]) => rule!.trim())
        .sort();
    // Only in compose are gateways names that are looked up again, which come and go.
    const alike = read('compose/nginx.conf')
      .replace(/^ *location @again \{[^}]*\}/m, '')
      .replace(/^ *map .* \$unanswered .*$/m, '');
    const [inside, host] = [rulesOf(alike), rulesOf(read('nginx/manyhands.conf'))];
    expect(inside.length).toBeGreaterThan(20);
    expect(host.filter((rule) => !inside.includes(rule))).toEqual([]);
    expect(inside.filter((rule) => !host.includes(rule))).toEqual([]);
  });

  it('asks the name server that is written down before it starts', () => {
    const { volumes } = readCompose(['compose.yaml']).services['proxy']!;
    expect(volumes).toContain('./name-servers.sh:/docker-entrypoint.d/90-name-servers.sh:ro');
    expect(statSync(join(repository, 'deploy/compose/name-servers.sh')).mode & 0o111).toBe(0o111);
    expect(read('compose/name-servers.sh')).toMatch(/ >\/run\/resolver\.conf$/m);
    expect(read('compose/nginx.conf')).toMatch(/^ {2}include \/run\/resolver\*\.conf;$/m);
  });

  // Seen: a host whose nginx.conf hides its version, as hardened ones do, refused the file: "server_tokens" directive is duplicate.
  it.skipIf(!hasNginx)('can read the file of a host beside what its own nginx.conf states for all sites', () => {
    const [certificate, key] = ['crt', 'key'].map((end) => join(repository, `deploy/local/fixtures/localhost.${end}`));
    const site = read('nginx/manyhands.conf')
      .replace('/etc/ssl/manyhands/fullchain.pem', certificate!)
      .replace('/etc/ssl/manyhands/privkey.pem', key!);
    const stated = 'server_tokens off; limit_req_status 503; limit_conn_status 503; client_max_body_size 1m; gzip on;';
    const file = join(scratch, 'host.conf');
    writeFileSync(file, `pid ${scratch}/host.pid;\nevents {}\nhttp {\n${stated}\n${site}\n}\n`);
    const { status, stderr } = spawnSync('nginx', ['-t', '-c', file], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.stringContaining('successful')]);
  });

  // Seen: names with an address of IPv6 were not reached there; and where the host has none, nginx does not start with such a line.
  it.each([
    ['listens on IPv6, too', '/', 2],
    ['starts on a host without IPv6', '/no/such', 0],
  ])('%s, installed as our guide has it', (_, interfaces, wanted) => {
    const [, commands] = /```sh\n(?:.*\n)*?((?:.*nginx\/conf\.d.*\n)+)```/.exec(read('../docs/operations/common-hosts.md'))!;
    const text = commands!
      .replaceAll('sudo ', '')
      .replaceAll('/etc/nginx/conf.d', scratch)
      .replace('/proc/net/if_inet6', interfaces);
    expect(spawnSync('sh', ['-c', text], { cwd: repository, encoding: 'utf8' })).toMatchObject({ stderr: '' });
    const site = readFileSync(join(scratch, 'manyhands.conf'), 'utf8');
    expect(site.match(/^ *listen \[::\]:(80|443 ssl http2);$/gm) ?? []).toHaveLength(wanted);
    expect(site.match(/^ *listen (80|443 ssl http2);$/gm)).toHaveLength(2);
  });

  /** Looking names up again needs nginx 1.27.3, which compose has. */
  const ofCompose = (gateway: string): string =>
    read('compose/nginx.conf')
      .replace(' resolve max_fails', ' max_fails')
      .replace('gateway:8000', gateway)
      .replaceAll('/run/nginx.pid', join(scratch, 'nginx.pid'))
      .replaceAll(/_temp_path \/tmp/g, `_temp_path ${scratch}`);

  it.skipIf(!hasNginx)('can read the file of compose', () => {
    writeFileSync(join(scratch, 'nginx.conf'), ofCompose('127.0.0.1:8000'));
    const { status, stderr } = spawnSync('nginx', ['-t', '-c', join(scratch, 'nginx.conf')], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.stringContaining('successful')]);
  });

  // Seen: while gateways were taken away, nginx looked their names up again during a request to one that was gone, asked no other, and answered 502.
  it.skipIf(!hasNginx)(
    'of compose asks once more where a request was not answered that only reads, and never where it does not',
    async () => {
      const asked: string[] = [];
      const gateway = createServer(({ method, url, socket }, answer) => {
        asked.push(`${method} ${url}`);
        if (url === '/away' || asked.filter((one) => one === asked.at(-1)).length === 1) socket.destroy();
        // A connection that nginx keeps may end at any time, so what fails on one counts as no try.
        else answer.setHeader('connection', 'close').end();
      }).listen(0, '127.0.0.1');
      await once(gateway, 'listening');
      const port = await reservedPort();
      const rules = ofCompose(`127.0.0.1:${(gateway.address() as AddressInfo).port}`)
        .replace('max_fails=1', 'max_fails=0')
        .replace('listen 8080;', `listen 127.0.0.1:${port};`);
      writeFileSync(join(scratch, 'once-more.conf'), `daemon off;\n${rules}`);
      const nginx = spawn('nginx', ['-e', join(scratch, 'error.log'), '-c', join(scratch, 'once-more.conf')], {
        stdio: 'ignore',
      });
      const ended = once(nginx, 'exit');
      try {
        await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/metrics`), 30_000);
        const answered = async (method: string, path: string) => {
          const { status, headers } = await fetch(`http://127.0.0.1:${port}${path}`, { method });
          return [status, headers.get('retry-after')];
        };
        expect(await answered('GET', '/v1/jobs')).toEqual([200, null]);
        expect(await answered('HEAD', '/')).toEqual([200, null]);
        expect(await answered('GET', '/v1/jobs/1/events')).toEqual([200, null]);
        expect(await answered('GET', '/away')).toEqual([502, '1']);
        expect(await answered('POST', '/v1/jobs')).toEqual([502, '1']);
        expect(await answered('DELETE', '/v1/jobs/1')).toEqual([502, '1']);
        expect(asked).toEqual([
          ...['GET /v1/jobs', 'HEAD /', 'GET /v1/jobs/1/events', 'GET /away'].flatMap((one) => [one, one]),
          'POST /v1/jobs',
          'DELETE /v1/jobs/1',
        ]);
      } finally {
        nginx.kill('SIGTERM');
        await ended;
        gateway.close();
      }
    },
  );
});
