/** What may be laid over the compose file: TLS, PostgreSQL, and what observes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsOf, type Reader } from '@manyhands/proto/settings';
import { afterAll, describe, expect, it } from 'vitest';
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

it.skipIf(spawnSync('nginx', ['-v']).status !== 0)('nginx can read its file with TLS laid over it', () => {
  // Debian's nginx is older than that of compose: it cannot look names up again, and writes HTTP/2 otherwise.
  const older = (text: string): string =>
    text
      .replace(' resolve max_fails', ' max_fails')
      .replace('gateway:8000', '127.0.0.1:8000')
      .replaceAll('/run/nginx.pid', join(scratch, 'nginx.pid'))
      .replaceAll('/etc/nginx/more', scratch)
      .replace('listen 8443 ssl;\nhttp2 on;', 'listen 8443 ssl http2;')
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
});
