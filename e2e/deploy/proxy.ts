/** nginx with the rules that deploy/nginx has for a host, before gateways of a test: other ports, and a certificate of "localhost". */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { repository } from '../fixture/system.ts';

const fixtures = join(repository, 'deploy/local/fixtures');
/** The authority of the proxy. */
export const certificate = readFileSync(join(fixtures, 'localhost.crt'), 'utf8');

const interfaces = '/proc/net/if_inet6';
/** Whether this machine reaches itself at ::1. */
export const hasIpv6 = existsSync(interfaces) && /^0{31}1 /m.test(readFileSync(interfaces, 'utf8'));

interface Ports {
  plain: number;
  tls: number;
}

/** `change`: what a test has otherwise than a host. */
export async function startProxy(ports: Ports, gateways: readonly number[], change = (rules: string) => rules) {
  const folder = mkdtempSync(join(tmpdir(), 'manyhands-proxy-'));
  const server = '  server 127.0.0.1:8000 max_fails=1 fail_timeout=5s;\n';
  const rules = readFileSync(join(repository, 'deploy/nginx/manyhands.conf'), 'utf8')
    .replace(server, gateways.map((port) => server.replace('8000', String(port))).join(''))
    .replace('listen 80;', `listen 127.0.0.1:${ports.plain};`)
    .replace('listen 443 ', `listen 127.0.0.1:${ports.tls} `)
    .replace('listen [::]:80;', hasIpv6 ? `listen [::1]:${ports.plain};` : '')
    .replace('listen [::]:443 ssl http2;', hasIpv6 ? `listen [::1]:${ports.tls} ssl http2;` : '')
    .replaceAll('manyhands.example', 'localhost')
    .replace('/etc/ssl/manyhands/fullchain.pem', join(fixtures, 'localhost.crt'))
    .replace('/etc/ssl/manyhands/privkey.pem', join(fixtures, 'localhost.key'));
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;\n' : ''}daemon off; pid ${folder}/pid; error_log ${folder}/error.log warn;
events {} http { access_log off; ${kept}\n${change(rules)}\n}\n`,
  );
  const child = spawn('nginx', ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  await vi.waitFor(async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${output}`);
    await fetch(`http://localhost:${ports.plain}/`, { redirect: 'manual' });
  }, 60_000);
  return {
    origin: `https://localhost:${ports.tls}`,
    async stop(): Promise<void> {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
