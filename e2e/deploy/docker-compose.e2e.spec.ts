/**
 * The compose file as Docker Compose itself brings it up: what is closed to each container, and what kills, scaling, a new gateway and a stop do to jobs and to who waits for them.
 * Briefly; with `FULL_SIZES=1` everything is killed, and all is backed up and put back. Skipped by name where root, podman, docker-compose (compose-program.sh) or what images begin
 * with (stand-in-images.sh) is missing.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobView } from '@manyhands/proto';
import { createClient, type Client } from '@manyhands/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { repository } from '../fixture/system.ts';
import { commandsOf, natsCli } from '../operations/nats-cli.ts';
import { isFull } from './container-engine.ts';
import {
  connectionsAt,
  makeImagesOfCompose,
  missing,
  openComposeHost,
  removeImagesOfCompose,
  type ComposeHost,
  type Container,
} from './docker-compose.ts';

const ours = ['gateway', 'coordinator', 'compute', 'metrics'] as const;
const services = ['nats', ...ours, 'proxy'] as const;
/** They make what the others need, and end. */
const makers = ['keys', 'provision'];
/** How many primes there are up to n: a job of a second. */
const PRIMES = { n: 1e9, count: 50_847_534 };
/** Each chunk gives one. Takes minutes on six slots, and nothing of the processor, until it is let go. */
const HELD = { chunks: 6_000, ms: 300 };
const heldAnswer = { status: 'completed', result: HELD.chunks, failed_chunks: 0 };
/** On a machine that has other work. */
const withinMs = 300_000;

describe.skipIf(missing !== undefined)(
  `the compose file in Docker Compose${missing ? ` (skipped: ${missing})` : ''}`,
  { timeout: 400_000 },
  () => {
    let host: ComposeHost;
    let client: Client;
    /** The file that each job waits for, in the folder that workers are given. */
    const gates = new Map<string, string>();

    beforeAll(async () => {
      makeImagesOfCompose(...(isFull ? ['nats-box'] : []));
      host = await openComposeHost(['compose.yaml'], {
        settings: { MANYHANDS_LIMIT_SUBMITS: '10000/1m' },
        kinds: join(repository, 'e2e/fixture/slow-kinds.ts'),
      });
      await host.up();
      client = createClient({ baseUrl: host.origin, key: await host.adminKey() });
    }, 1_200_000);
    afterAll(async () => {
      await host?.close();
      removeImagesOfCompose();
    }, 300_000);

    /** Of a job that is held, once some of its chunks are counted. */
    async function startJob(): Promise<string> {
      const gate = randomUUID();
      const params = { ms: HELD.ms, until: `/given/${gate}` };
      const { job_id: id } = await client.submit({ kind: 'slow', params, chunks: HELD.chunks });
      gates.set(id, gate);
      await vi.waitFor(async () => expect((await client.get(id)).completed_chunks).toBeGreaterThan(10), withinMs);
      return id;
    }

    async function letGo(id: string): Promise<JobView> {
      writeFileSync(join(host.given, gates.get(id)!), '');
      return client.wait(id);
    }

    /** One client that reads and one that submits, each again as soon as it is answered, until `end`: which is red where a job of them is lost, doubled or wrong. */
    function startLoad() {
      const tag = `load ${randomUUID()}`;
      const answers: number[] = [];
      const results: unknown[] = [];
      let isOver = false;
      const reading = (async () => {
        while (!isOver) {
          const answer = await fetch(`${host.origin}/healthz`).catch(() => undefined);
          await answer?.arrayBuffer();
          answers.push(answer?.status ?? 0);
        }
      })();
      const submitting = (async () => {
        while (!isOver) results.push((await client.run('sum', { n: 1_000 }, { tags: { test: tag } })).result);
      })();
      return {
        /** What the reader was answered; 0: nothing. */
        answers,
        async goesOn(): Promise<void> {
          const [asked, submitted] = [answers.length, results.length];
          await vi.waitFor(() => {
            expect(answers.length).toBeGreaterThan(asked + 200);
            expect(results.length).toBeGreaterThan(submitted + 5);
          }, withinMs);
        },
        async end(): Promise<void> {
          isOver = true;
          await Promise.all([reading, submitting]);
          expect(new Set(results)).toEqual(new Set([500_500]));
          expect((await client.countJobs({ tag: `test=${tag}` })).count).toBe(results.length);
        },
      };
    }

    /** Those that are not to change while others do. */
    async function allBut(...changing: string[]) {
      const all = await host.containers();
      return all
        .filter(({ service }) => !changing.includes(service) && !makers.includes(service))
        .map(({ name, pid }) => [name, pid]);
    }

    async function only(service: string): Promise<Container> {
      const found = await host.containers(service);
      expect(found, service).toHaveLength(1);
      return found[0]!;
    }

    /** A start for which NATS, or the engine, is too slow may end with 1, and is tried again; of a fault of ours there is a stack. */
    async function expectStartedAgain(service: string, killedMs: number): Promise<void> {
      const [killed, ...starts] = await host.exits(service, killedMs);
      const printed = starts.length === 0 ? '' : await host.compose('logs', '--no-color', '--tail', '100', service);
      const allowed = ours.some((one) => one === service) ? 1 : undefined;
      expect([killed, ...starts.filter((code) => code !== allowed)], printed).toEqual([137]);
      expect(printed).not.toMatch(/^\S*\s*\|?\s+at /m);
    }

    it('one command brings all of it up, and the primes up to 10^9 are counted right', async () => {
      const found = await host.containers();
      expect(found.map(({ service }) => service).sort()).toEqual([...services, ...makers].sort());
      for (const { service, running, exitCode } of found)
        expect([service, running, exitCode]).toEqual([service, !makers.includes(service), 0]);
      expect((await client.run('primes', { n: PRIMES.n })).result).toBe(PRIMES.count);
    });

    it('each service is an account without capabilities on a file system that is read only, has its own key alone, and no way out', async () => {
      const look = [
        'id -u',
        "sed -n 's/^CapEff:\\t//p' /proc/1/status",
        // Its rights alone would refuse it, too, on one that can be written.
        String.raw`sed -n 's|^[^ ]* / [^ ]* \(r[ow]\),.*|\1|p' /proc/self/mounts`,
        'ls /keys/*/*.nkey',
        // A route to all else is one whose destination is nothing.
        "cut -f 2 /proc/net/route | grep -c '^00000000$' || true",
      ];
      const seen = await Promise.all(ours.map((service) => host.inside(service, look.join('; '))));
      expect(seen).toEqual(ours.map((service) => ['10001', '0'.repeat(16), 'ro', `/keys/${service}/${service}.nkey`, '0']));
    });

    it.each(isFull ? services : (['compute'] as const))(
      '%s is killed amidst a job: it is started again, and the job ends right',
      async (service) => {
        // Looked for first: that takes as long as the job on a machine that has other work.
        const victim = await only(service);
        const id = await startJob();
        const killedMs = Date.now();
        process.kill(victim.pid, 'SIGKILL');
        const job = await letGo(id);
        expect(job).toMatchObject(heldAnswer);
        expect(Date.parse(job.finished_at!)).toBeGreaterThan(killedMs);
        await vi.waitFor(async () => {
          const { name, running, pid } = await only(service);
          expect([name, running, pid === victim.pid]).toEqual([victim.name, true, false]);
          expect((await fetch(`${host.origin}/readyz`)).status).toBe(200);
        }, withinMs);
        await expectStartedAgain(service, killedMs);
      },
    );

    it('workers come and go amidst a job: nothing is lost, no chunk has a further attempt, and nothing else starts anew', async () => {
      const before = await allBut('compute');
      const sinceMs = Date.now();
      const id = await startJob();
      await host.up('--scale', 'compute=3');
      expect(await host.containers('compute')).toHaveLength(3);
      await vi.waitFor(async () => expect(Object.keys((await client.get(id)).workers)).toHaveLength(3), withinMs);
      await host.up('--scale', 'compute=1');
      expect((await client.get(id)).finished_at).toBeNull();
      const job = await letGo(id);
      expect(job).toMatchObject({ ...heldAnswer, completed_chunks: HELD.chunks, retries: 0 });
      const { leases } = await client.leases(id);
      expect(leases.filter(({ attempt }) => attempt !== 1)).toEqual([]);
      expect(await host.exits('compute', sinceMs)).toEqual([0, 0]);
      await only('compute');
      expect(await allBut('compute')).toEqual(before);
    });

    it.skipIf(!isFull)(
      'gateways and coordinators come and go amidst a job: each gateway is asked, no request is lost, and who watches goes on elsewhere',
      async () => {
        const before = await allBut('gateway', 'coordinator');
        const sinceMs = Date.now();
        const id = await startJob();
        const load = startLoad();
        await host.up('--scale', 'gateway=3', '--scale', 'coordinator=2');
        const gateways = await host.containers('gateway');
        expect(gateways).toHaveLength(3);
        const seen = Array.from({ length: 6 }, (): JobView[] => []);
        const watched = seen.map(async (views) => {
          for await (const view of client.watch(id)) views.push(view);
        });
        await vi.waitFor(() => {
          expect(gateways.map((gateway) => connectionsAt(gateway, 8000) > 0)).toEqual([true, true, true]);
          expect(seen.map(({ length }) => length > 0)).not.toContain(false);
        }, withinMs);
        await host.up('--scale', 'gateway=1', '--scale', 'coordinator=1');
        expect((await client.get(id)).finished_at).toBeNull();
        await load.goesOn();
        await load.end();

        expect(new Set(load.answers)).toEqual(new Set([200]));
        expect(await host.exits('gateway', sinceMs)).toEqual([0, 0]);
        expect(await host.exits('coordinator', sinceMs)).toEqual([0]);
        expect(await letGo(id)).toMatchObject({ ...heldAnswer, retries: 0 });
        await Promise.all(watched);
        for (const views of seen) {
          const progress = views.map((view) => view.progress);
          expect(progress).toEqual(progress.toSorted((a, b) => a - b));
          expect(views.at(-1)).toMatchObject(heldAnswer);
        }
        for (const service of ['gateway', 'coordinator']) await only(service);
        expect(await allBut('gateway', 'coordinator')).toEqual(before);
      },
    );

    it.skipIf(!isFull)(
      'a gateway is made anew while clients send: jobs are neither lost nor doubled, and no refusal is left',
      async () => {
        const id = await startJob();
        const before = await only('gateway');
        const load = startLoad();
        await load.goesOn();
        await host.up('--no-deps', '--force-recreate', 'gateway');
        // The one that is on its way was sent before, and may be on its way to the gateway that is gone.
        const asked = load.answers.length + 1;
        await load.goesOn();
        await load.end();

        expect((await only('gateway')).pid).not.toBe(before.pid);
        expect([...new Set(load.answers)].filter((status) => ![200, 502].includes(status))).toEqual([]);
        expect(load.answers.slice(asked).filter((status) => status !== 200)).toEqual([]);
        expect(await letGo(id)).toMatchObject({ ...heldAnswer, retries: 0 });
      },
    );

    it.skipIf(!isFull || natsCli === undefined)(
      'by the commands of our guide all is backed up, lost, and put back: a job that ran ends right',
      async () => {
        const command = (what: string) => commandsOf('disaster-recovery.md').find((block) => block.what === what)!.text;
        const { job } = await client.run('sum', { n: 1_000 });
        const isInHistory = () =>
          vi.waitFor(async () => expect(JSON.stringify(await client.history({ limit: 50 }))).toContain(job.job_id), withinMs);
        await isInHistory();
        const id = await startJob();
        await host.type(command('compose_backup'));
        expect(await letGo(id)).toMatchObject({ ...heldAnswer, retries: 0 });
        await host.type('docker compose down && docker volume rm manyhands_streams manyhands_history');
        await host.type(command('compose_restore'));
        expect(await client.wait(id)).toMatchObject({ ...heldAnswer, retries: 0 });
        await isInHistory();
      },
    );

    it('a stop ends each with 0, first what needs another; started again, jobs are there', async () => {
      const id = await startJob();
      await host.compose('stop');
      const ended = await host.containers();
      expect(ended.map(({ service, running, exitCode }) => [service, running, exitCode])).toEqual(
        ended.map(({ service }) => [service, false, 0]),
      );
      const endOf = (name: string) => ended.find(({ service }) => service === name)!.endedAt;
      expect(endOf('proxy')).toBeLessThanOrEqual(endOf('gateway'));
      for (const name of ours) expect(endOf(name), name).toBeLessThan(endOf('nats'));
      await host.up();
      expect(await letGo(id)).toMatchObject({ ...heldAnswer, retries: 0 });
    });
  },
);
