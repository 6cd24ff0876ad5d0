/**
 * Manyhands on machines of a network, as docs/operations/several-machines.md has it: nats-server with TLS, what each service may do there, and services that sign in by
 * their own keys. The configuration is the one that is shipped, with the folders of a test.
 */
import { execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { openBroker } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { vi } from 'vitest';
import { natsServer, repository } from '../fixture/system.ts';
import { makeAuthority } from './certificates.ts';
import type { Machine } from './machines.ts';

type Service = 'gateway' | 'coordinator' | 'compute';

/** On a machine that has other work. */
const within = { timeout: 150_000, interval: 200 };

export interface Installation {
  startNats(machine: Machine): void;
  /** Resolves when every stream and bucket is there. */
  provision(machine: Machine): Promise<void>;
  startService(machine: Machine, service: Service): ChildProcess;
  /** Address of its gateway, once that can take jobs. */
  gatewayOf(machine: Machine): Promise<string>;
  /** The administrator, connected to the nats-server of a machine. */
  admin(machine: Machine): Promise<Broker>;
  /** What was on its disk is lost. */
  wipe(machine: Machine): void;
}

/** `servers`: names of the machines with a nats-server; one, or a cluster of three. */
export async function install(folder: string, servers: readonly string[]): Promise<Installation> {
  const keys = join(folder, 'keys');
  const authority = makeAuthority(folder);
  execFileSync(process.execPath, ['services/coordinator/dist/provision/keys.js', keys], { cwd: repository, stdio: 'pipe' });
  const program = natsServer();
  /** Free here, too: a gateway wants to be called by the address that it listens on. */
  const ports = new Map(await Promise.all(servers.map(async (name) => [name, await reservedPort()] as const)));
  const nkeyOf = (identity: string) => join(keys, `${identity}.nkey`);
  const accessOf = (identity: string) => ({
    NATS_URL: servers.map((name) => `tls://${name}:4222`).join(','),
    MANYHANDS_NATS_CA: authority.ca,
    MANYHANDS_NATS_NKEY_FILE: nkeyOf(identity),
    MANYHANDS_REPLICAS: String(servers.length),
    MANYHANDS_STORAGE_GB: '1',
  });

  return {
    startNats(machine) {
      const own = join(folder, machine.name);
      const tls = join(own, 'tls');
      mkdirSync(tls, { recursive: true });
      authority.issue(machine.name, tls);
      cpSync(authority.ca, join(tls, 'ca.crt'));
      cpSync(join(keys, 'authorization.conf'), join(own, 'nats-authorization.conf'));
      const text = servers.length === 1 ? singleConfig() : clusterConfig(machine.name);
      writeFileSync(
        join(own, 'nats.conf'),
        text.replaceAll('/etc/manyhands/tls', tls).replace('/var/lib/manyhands-nats', join(own, 'store')),
      );
      machine.run(program, ['--config', join(own, 'nats.conf')]);
    },
    provision: (machine) =>
      // As what looks after it does: again, until the servers have found each other.
      vi.waitFor(async () => {
        const child = machine.run(process.execPath, ['services/coordinator/dist/provision/main.js'], accessOf('provision'));
        const [code] = (await once(child, 'exit')) as [number | null];
        if (code !== 0) throw new Error(`provisioning ended with ${code}\n${machine.printed().slice(-3_000)}`);
      }, within),
    startService: (machine, service) =>
      machine.run(process.execPath, [`services/${service}/dist/main.js`], {
        ...accessOf(service),
        MANYHANDS_HOME: join(folder, machine.name),
        MANYHANDS_SLOTS: '2',
        MANYHANDS_KIND_MODULES: `builtin,${join(repository, 'e2e/fixture/slow-kinds.ts')}`,
        PORT: String(ports.get(machine.name) ?? ''),
      }),
    async gatewayOf(machine) {
      const port = ports.get(machine.name)!;
      const baseUrl = `http://127.0.0.1:${await machine.door(port, port)}`;
      await vi.waitFor(async () => {
        const answer = await fetch(`${baseUrl}/readyz`);
        if (answer.status !== 200)
          throw new Error(`${machine.name} is not ready: ${await answer.text()}\n${machine.printed().slice(-3_000)}`);
      }, within);
      return baseUrl;
    },
    async admin(machine) {
      const access = { nkey: readFileSync(nkeyOf('admin'), 'utf8').trim(), ca: readFileSync(authority.ca, 'utf8') };
      return openBroker({ url: `tls://localhost:${await machine.door(4222)}`, access, name: 'admin', connectTimeoutMs: 60_000 });
    },
    wipe: (machine) => rmSync(join(folder, machine.name), { recursive: true }),
  };
}

function shipped(file: string): string {
  return readFileSync(join(repository, 'deploy', file), 'utf8');
}

function clusterConfig(name: string): string {
  return shipped('nats/cluster.conf').replace(/^.* # its own$/gm, (line) =>
    line.replace('one.example', name).replace(': one ', `: ${serverNameOf(name)} `),
  );
}

/** What a host has that is alone, reached from others by TLS. */
function singleConfig(): string {
  const [tls] = /^tls \{[^}]*\}\n/m.exec(shipped('nats/cluster.conf'))!;
  return shipped('systemd/nats.conf').replace('127.0.0.1:4222', '0.0.0.0:4222') + tls;
}

/** As a server of the cluster calls itself. */
export function serverNameOf(machine: string): string {
  return machine.split('.')[0]!;
}
