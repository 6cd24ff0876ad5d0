/** What may be laid over the compose file, as Docker Compose reads it, and, with `FULL_SIZES=1`, TLS and PostgreSQL as they run. Skipped by name as docker-compose.e2e.spec.ts is. */
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { reservedPort } from '@manyhands/testkit';
import { createClient } from '@manyhands/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { repository } from '../fixture/system.ts';
import { isFull } from './container-engine.ts';
import { makeImagesOfCompose, missing, openComposeHost, removeImagesOfCompose, type ComposeHost } from './docker-compose.ts';
import { certificate } from './proxy.ts';

const fixtures = join(repository, 'deploy/local/fixtures');
const given = {
  'tls.yaml': { MANYHANDS_ORIGINS: 'https://manyhands.example', MANYHANDS_CERTIFICATES: '/etc/ssl/manyhands' },
  'postgres.yaml': { POSTGRES_PASSWORD: 's3cret' },
  'observe.yaml': { GRAFANA_PASSWORD: 's3cret' },
};
const overlays = Object.keys(given) as (keyof typeof given)[];
const all = Object.assign({}, ...Object.values(given)) as Record<string, string>;

describe.skipIf(missing !== undefined)(
  `files over the compose file${missing ? ` (skipped: ${missing})` : ''}`,
  { timeout: 400_000 },
  () => {
    const scratch = mkdtempSync(join(tmpdir(), 'docker-compose-overlays-'));
    const opened: ComposeHost[] = [];
    const open = async (...args: Parameters<typeof openComposeHost>): Promise<ComposeHost> => {
      const host = await openComposeHost(...args);
      opened.push(host);
      return host;
    };
    beforeAll(() => (isFull ? makeImagesOfCompose('postgres') : undefined), 1_200_000);
    afterAll(async () => {
      for (const host of opened) await host.close();
      rmSync(scratch, { recursive: true, force: true });
      if (isFull) removeImagesOfCompose();
    });

    it.each([[['tls.yaml']], [['postgres.yaml']], [['observe.yaml']], [overlays]])('%j is read as it is', async (files) => {
      const host = await open(['compose.yaml', ...files], { env: all });
      expect(await host.compose('config', '--quiet')).toBe('');
    });

    it.each(overlays)('%s is refused without what only an operator knows', async (file) => {
      const [first] = Object.keys(given[file]) as [string];
      const host = await open(['compose.yaml', file], { env: { [first]: '' } });
      await expect(host.compose('config', '--quiet')).rejects.toThrow(`Set ${first} in deploy/compose/.env`);
    });

    it.skipIf(!isFull)(
      'with TLS and PostgreSQL it runs: what is plain is sent on, and the history of a job is in the database',
      async () => {
        const certificates = join(scratch, 'certificates');
        mkdirSync(certificates, { recursive: true });
        cpSync(join(fixtures, 'localhost.crt'), join(certificates, 'fullchain.pem'));
        cpSync(join(fixtures, 'localhost.key'), join(certificates, 'privkey.pem'));
        // As on a host: readable by an account there, which the one of nginx is not.
        chownSync(join(certificates, 'privkey.pem'), 4321, 4321);
        chmodSync(join(certificates, 'privkey.pem'), 0o400);
        const [tls, plain] = [await reservedPort(), await reservedPort()];
        const origin = `https://localhost:${tls}`;
        const host = await open(['compose.yaml', 'tls.yaml', 'postgres.yaml'], {
          env: {
            MANYHANDS_ORIGINS: origin,
            MANYHANDS_CERTIFICATES: certificates,
            // Seen from this machine alone.
            MANYHANDS_TLS_PORT: `127.0.0.1:${tls}`,
            MANYHANDS_PLAIN_PORT: `127.0.0.1:${plain}`,
            POSTGRES_PASSWORD: 's3cret',
            MANYHANDS_WORKERS: '2',
          },
        });
        await host.up();
        expect(await host.containers('compute')).toHaveLength(2);
        setDefaultCACertificates([...getCACertificates('default'), certificate]);
        const answer = await fetch(`http://localhost:${plain}/v1/jobs`, { method: 'POST', redirect: 'manual' });
        expect([answer.status, answer.headers.get('location')]).toEqual([308, `${origin}/v1/jobs`]);
        const client = createClient({ baseUrl: origin, key: await host.adminKey(origin) });
        const { result, job } = await client.run('primes', { n: 1e6 });
        expect(result).toBe(78_498);
        await vi.waitFor(
          async () => {
            const query = [
              'psql',
              '--username',
              'manyhands',
              '--tuples-only',
              '--no-align',
              '--command',
              'SELECT job_id FROM manyhands.jobs',
            ];
            expect((await host.compose('exec', '-T', 'postgres', ...query)).trim()).toBe(job.job_id);
          },
          { timeout: 300_000, interval: 500 },
        );
        await host.compose('stop');
        const ended = await host.containers();
        expect(ended.map(({ service, exitCode }) => [service, exitCode])).toEqual(ended.map(({ service }) => [service, 0]));
      },
    );
  },
);
