/** What may be laid over the compose file: TLS, PostgreSQL, and what observes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { settingsOf, type Reader } from '@manyhands/proto/settings';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../fixture/system.ts';
import { readCompose } from './compose-file.ts';

const folder = join(repository, 'deploy/compose');
const scratch = mkdtempSync(join(tmpdir(), 'deploy-overlays-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const given = {
  'tls.yaml': { MANYHANDS_ORIGINS: 'https://manyhands.example', MANYHANDS_CERTIFICATES: '/etc/ssl/manyhands' },
  'postgres.yaml': { POSTGRES_PASSWORD: 's3cret' },
  'observe.yaml': { GRAFANA_PASSWORD: 's3cret' },
};
const overlays = Object.keys(given) as (keyof typeof given)[];
const all = Object.assign({}, ...Object.values(given)) as Record<string, string>;
const withAll = readCompose(['compose.yaml', ...overlays], all);
const plain = readCompose(['compose.yaml']);
const added = Object.keys(withAll.services).filter((name) => !(name in plain.services));

describe.each(overlays)('%s', (overlay) => {
  it('is refused without what only an operator knows', () => {
    const [first] = Object.keys(given[overlay]);
    expect(() => readCompose(['compose.yaml', overlay])).toThrow(`${first} is not set`);
    expect(() => readCompose(['compose.yaml', overlay], given[overlay])).not.toThrow();
  });
});

it('what is added runs as hardened and bounded as the rest, of one exact version, in sight of this machine alone', () => {
  expect(added.sort()).toEqual(['grafana', 'jaeger', 'postgres', 'prometheus']);
  for (const name of added) {
    const service = withAll.services[name]!;
    expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'], restart: 'unless-stopped' });
    expect(service.cap_add, name).toBeUndefined();
    expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
    expect(service.pids_limit, name).toBeGreaterThan(0);
    expect(service.mem_limit, name).toMatch(/^\d+m$/);
    expect(service.image, name).toMatch(/^[a-z/]+:v?\d+\.\d+(\.\d+)?(-alpine)?$/);
    for (const port of service.ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  }
  expect(withAll.services['postgres']!.networks).toEqual(['inner']);
  expect(withAll.services['proxy']!.ports).toEqual(['127.0.0.1:8080:8080', '443:8443', '80:8081']);
});

it('services of ours take the settings they are given, and metrics alone the address of the database', () => {
  for (const name of ['gateway', 'coordinator', 'compute', 'metrics'] as Reader[]) {
    const environment = Object.fromEntries(
      Object.entries(withAll.services[name]!.environment ?? {}).map(([key, value]) => [key, String(value)]),
    );
    expect(() => settingsOf(name, environment), name).not.toThrow();
    expect('DATABASE_URL' in environment, name).toBe(name === 'metrics');
    expect('OTEL_EXPORTER_OTLP_ENDPOINT' in environment, name).toBe(name !== 'metrics');
  }
  expect(withAll.services['metrics']!.depends_on).toMatchObject({
    provision: { condition: 'service_completed_successfully' },
    postgres: { condition: 'service_healthy' },
  });
});

it('each file that is mounted is there', () => {
  const mounted = Object.values(withAll.services)
    .flatMap(({ volumes = [] }) => volumes)
    .filter((volume) => volume.startsWith('.'))
    .map((volume) => volume.split(':')[0]!);
  expect(mounted.length).toBeGreaterThan(6);
  expect(mounted.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
});

// Seen: from a clone of an account with umask 027 neither NATS nor Prometheus nor Grafana could read their files.
it.each(['deploy.md', 'common-hosts.md'])(
  'each is read by any account when it is brought up as %s has it, whatever the umask',
  (page) => {
    const clone = join(scratch, 'clone');
    rmSync(clone, { recursive: true, force: true });
    for (const part of ['compose', 'observe']) cpSync(join(folder, '..', part), join(clone, 'deploy', part), { recursive: true });
    spawnSync('chmod', ['-R', 'go-rwx', join(clone, 'deploy')]);
    const guide = readFileSync(join(repository, 'docs/operations', page), 'utf8');
    const [, first] = /```sh\n(.*)\ncd deploy\/compose\ndocker compose .*up -d --build --wait\n/.exec(guide)!;
    expect(spawnSync('sh', ['-c', first!], { cwd: clone, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    const mounted = Object.values(withAll.services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter((volume) => volume.startsWith('.'))
      .map((volume) => join(clone, 'deploy/compose', volume.split(':')[0]!));
    const readable = (path: string): boolean => {
      const { mode } = statSync(path);
      const wanted = statSync(path).isDirectory() || path.endsWith('.sh') ? 0o055 : 0o044;
      return (mode & wanted) === wanted;
    };
    const all = mounted.flatMap((path) => [path, ...globSync('**', { cwd: path }).map((inner) => join(path, inner))]);
    expect(all.length).toBeGreaterThan(8);
    expect(all.filter((path) => !readable(path))).toEqual([]);
  },
);

it('Prometheus asks each service at the port where no one signs in, and Grafana asks Prometheus and Jaeger', () => {
  const { scrape_configs: jobs } = parse(readFileSync(join(folder, 'prometheus.yaml'), 'utf8')) as {
    scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  const asked = jobs.flatMap(({ dns_sd_configs: [place] }) => place!.names.map((name) => [name, String(place!.port)]));
  expect(asked.map(([name]) => name)).toEqual(['gateway', 'coordinator', 'compute', 'metrics']);
  for (const [name, port] of asked) {
    expect(port, name).toBe((withAll.services[name!]!.environment as Record<string, string>)['HEALTH_PORT']);
  }
  const { datasources } = parse(readFileSync(join(folder, 'grafana/sources.yaml'), 'utf8')) as { datasources: { url: string }[] };
  expect(datasources.map(({ url }) => new URL(url).hostname).filter((host) => !added.includes(host))).toEqual([]);
});

const promtool = (process.env['PATH'] ?? '')
  .split(':')
  .map((place) => join(place, 'promtool'))
  .find((path) => existsSync(path));

it.skipIf(promtool === undefined)('Prometheus can read its configuration', () => {
  writeFileSync(join(scratch, 'rules.yaml'), readFileSync(join(folder, '../observe/rules.yaml')));
  writeFileSync(join(scratch, 'prometheus.yaml'), readFileSync(join(folder, 'prometheus.yaml')));
  const { status, stderr } = spawnSync(promtool!, ['check', 'config', join(scratch, 'prometheus.yaml')], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, expect.anything()]);
});

/** Runs what the image of nginx runs before nginx, on a host that has IPv6 or has not, with what it writes in `scratch`. */
function prepare(script: string, { origins = '', ipv6 = true } = {}): void {
  const text = readFileSync(join(folder, script), 'utf8')
    .replaceAll('/run/', `${scratch}/`)
    .replace('/proc/net/if_inet6', ipv6 ? '/' : '/no/such');
  const { status, stderr } = spawnSync('sh', ['-c', text], {
    encoding: 'utf8',
    env: { ...process.env, MANYHANDS_ORIGINS: origins },
  });
  expect([status, stderr]).toEqual([0, '']);
}

const hasNginx = spawnSync('nginx', ['-v']).status === 0;

it('what prepares nginx can be run, and is mounted where its image looks for it', () => {
  for (const script of ['name-servers.sh', 'ipv6.sh', 'tls/redirects.sh']) {
    expect(statSync(join(folder, script)).mode & 0o111, script).toBe(0o111);
    const place = `/docker-entrypoint.d/90-${basename(script)}:ro`;
    expect(withAll.services['proxy']!.volumes, script).toContain(`./${script}:${place}`);
  }
  expect(withAll.services['proxy']!.environment).toEqual({ MANYHANDS_ORIGINS: 'https://manyhands.example' });
});

// Seen: with MANYHANDS_TLS_PORT=8443 whoever opened the plain address was sent to port 443, where nothing is.
it.skipIf(!hasNginx)('plain HTTP leads to the port that TLS has under the name', async () => {
  const port = await reservedPort();
  prepare('tls/redirects.sh', {
    origins: 'https://that.name:8443, http://that.name:8080,https://other.example,https://[::1]:9443,https://that.name',
  });
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${scratch}/${name};`);
  const rules = readFileSync(join(folder, 'tls/http.conf'), 'utf8')
    .replace('listen 8081;', `listen 127.0.0.1:${port};`)
    .replace('include /run/ipv6-8081*.conf;', '')
    .replaceAll('/run/', `${scratch}/`);
  const file = join(scratch, 'plain.conf');
  writeFileSync(file, `daemon off; pid ${scratch}/plain.pid;\nevents {}\nhttp { access_log off; ${kept.join(' ')}\n${rules} }\n`);
  const nginx = spawn('nginx', ['-e', join(scratch, 'error.log'), '-c', file], { stdio: 'ignore' });
  const ended = once(nginx, 'exit');
  try {
    const leadsTo = async (host: string): Promise<unknown[]> => {
      const asked = request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/jobs?wait=1s', headers: { host } }).end();
      const [{ statusCode, headers }] = (await once(asked, 'response')) as [IncomingMessage];
      return [statusCode, headers.location];
    };
    await vi.waitFor(() => leadsTo('that.name'), 30_000);
    for (const [host, origin] of [
      ['that.name', 'https://that.name:8443'],
      ['THAT.name:8081', 'https://that.name:8443'],
      ['other.example', 'https://other.example'],
      ['[::1]:8081', 'https://[::1]:9443'],
      ['unknown.example', 'https://unknown.example'],
    ] as const)
      expect(await leadsTo(host), host).toEqual([308, `${origin}/v1/jobs?wait=1s`]);
  } finally {
    nginx.kill('SIGTERM');
    await ended;
  }
});

it.skipIf(!hasNginx).each([
  ['where there is IPv6', true, ['8080', '8081', '8443 ssl']],
  ['where there is none', false, []],
])('nginx can read its file with TLS laid over it, and listens on IPv6, too, %s', (_, ipv6, ports) => {
  for (const file of globSync('ipv6-*', { cwd: scratch })) rmSync(join(scratch, file));
  prepare('ipv6.sh', { ipv6 });
  prepare('tls/redirects.sh');
  // Debian's nginx is older than that of compose: it cannot look names up again, and writes HTTP/2 otherwise.
  const older = (text: string): string =>
    text
      .replaceAll('/run/ipv6', join(scratch, 'ipv6'))
      .replaceAll('/run/redirects', join(scratch, 'redirects'))
      .replace(' resolve max_fails', ' max_fails')
      .replace('gateway:8000', '127.0.0.1:8000')
      .replaceAll('/run/nginx.pid', join(scratch, 'nginx.pid'))
      .replaceAll('/etc/nginx/more', scratch)
      .replace('http2 on;', '')
      .replace('/etc/nginx/certificates/fullchain.pem', join(repository, 'deploy/local/fixtures/localhost.crt'))
      .replace('/etc/nginx/certificates/privkey.pem', join(repository, 'deploy/local/fixtures/localhost.key'));
  for (const [from, to] of [
    ['tls/http.conf', 'http.conf'],
    ['tls/server.conf', 'server.conf'],
    ['nginx.conf', 'nginx.conf'],
  ] as const)
    writeFileSync(join(scratch, to), older(readFileSync(join(folder, from), 'utf8')));
  const ask = (option: string) => spawnSync('nginx', [option, '-c', join(scratch, 'nginx.conf')], { encoding: 'utf8' });
  const { status, stdout, stderr } = ask('-T');
  expect([status, stderr]).toEqual([0, expect.stringContaining('successful')]);
  expect(stdout).toMatch(/listen 8443 ssl[^]*ssl_certificate_key/);
  expect([...stdout.matchAll(/^\s*listen \[::\]:(.*);$/gm)].map(([, where]) => where).sort()).toEqual(ports);
});
