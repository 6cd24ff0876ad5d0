/** A real kube-apiserver with its etcd, on loopback: it keeps to all rules of Kubernetes, and no cluster is behind it, so nothing of what it takes ever runs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { vi } from 'vitest';

const token = 'administrator';

interface KubeAnswer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into the JSON as users do
  json: any;
}

export interface Kubernetes {
  /** Path of the file by which helm finds it. */
  kubeconfig: string;
  /** `body`: YAML for POST, a merge patch in JSON for PATCH. */
  call(method: 'GET' | 'POST' | 'PATCH', path: string, body?: string): Promise<KubeAnswer>;
  stop(): Promise<void>;
}

export async function startKubernetes(programs: { etcd: string; apiServer: string }): Promise<Kubernetes> {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  const [client, peer, port] = (await Promise.all([reservedPort(), reservedPort(), reservedPort()])) as [number, number, number];
  const written = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const children: ChildProcess[] = [];
  let printed = '';
  const start = (program: string, options: Readonly<Record<string, string>>): void => {
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (data: Buffer) => (printed = (printed + data.toString()).slice(-5_000)));
    children.push(child);
  };
  start(programs.etcd, {
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': `http://127.0.0.1:${client}`,
    'advertise-client-urls': `http://127.0.0.1:${client}`,
    'listen-peer-urls': `http://127.0.0.1:${peer}`,
    'initial-advertise-peer-urls': `http://127.0.0.1:${peer}`,
    'initial-cluster': `default=http://127.0.0.1:${peer}`,
  });
  start(programs.apiServer, {
    'etcd-servers': `http://127.0.0.1:${client}`,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': join(folder, 'certificates'),
    'service-account-issuer': 'https://localhost',
    'service-account-key-file': written('account.pub', publicKey),
    'service-account-signing-key-file': written('account.key', privateKey),
    'token-auth-file': written('tokens.csv', `${token},admin,admin,"system:masters"\n`),
    'authorization-mode': 'RBAC',
    'service-cluster-ip-range': '10.0.0.0/24',
    // Nothing makes the accounts of namespaces here.
    'disable-admission-plugins': 'ServiceAccount',
  });
  const kubernetes: Kubernetes = {
    kubeconfig: written(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'admin', user: { token } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
        'current-context': 'test',
      }),
    ),
    call: (method, path, body) => call(port, method, path, body),
    async stop() {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await vi.waitFor(
      async () => {
        const { status } = await kubernetes.call('GET', '/readyz');
        if (status !== 200) throw new Error(`kube-apiserver is not ready: ${status}\n${printed}`);
      },
      { timeout: 60_000, interval: 200 },
    );
  } catch (error) {
    await kubernetes.stop();
    throw error;
  }
  return kubernetes;
}

/** Its certificate is of its own making. */
async function call(port: number, method: string, path: string, body?: string): Promise<KubeAnswer> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/yaml' }),
  };
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (data: string) => (text += data));
      answer.on('error', reject).on('end', () => {
        const isJson = answer.headers['content-type']?.includes('json');
        resolve({ status: answer.statusCode!, json: isJson ? JSON.parse(text) : text });
      });
    });
    asked.on('error', reject).end(body);
  });
}
