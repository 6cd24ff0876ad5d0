/**
 * Watchers that move between two gateways, over lists, single jobs, event streams and WebSockets, while one gateway is cut off from NATS or frozen, or a
 * server of a cluster of three is: nobody sees a job fall back, nor a state that is more than 5 s old.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { openBucket } from '@manyhands/broker';
import type { JobView } from '@manyhands/proto';
import { submitOrder } from '../containment/submit.ts';
import { pidWhenUp, signal } from '../fault/torment.ts';
import { LOOKS, type LookName } from '../roaming/looks.ts';
import { pastsSeen, standingOf, type Sighting, type Stored } from '../roaming/sightings.ts';
import { Random } from '../../simulation/random.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { leftAfter, prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

/** `silent`: its connections to NATS stay, and nothing passes. `deaf`: it sends, and hears nothing. `frozen`: the process stands still. `leader`: the server that leads bucket jobs does. */
type Blow = 'silent' | 'deaf' | 'frozen' | 'leader';

export interface RoamingSize {
  servers: 1 | 3;
  blows: readonly Blow[];
  blowMs: number;
  watchers: number;
}

export interface RoamingRun {
  sightings: readonly Sighting[];
  stored: readonly Stored[];
  /** Looks that came to nothing. */
  refused: number;
  left: readonly string[];
}

export const ROAMING: RoamingSize = {
  servers: 3,
  blows: ['silent', 'leader', 'frozen', 'leader', 'deaf', 'leader'],
  blowMs: 12_000,
  watchers: 6,
};
export const ROAMING_SHORT: RoamingSize = { servers: 1, blows: ['silent', 'frozen', 'deaf'], blowMs: 6_500, watchers: 8 };

const jobs = 3;
const chunkMs = 100;
const betweenMs = 3_000;
const lookMs = 500;
const endWithinMs = 240_000;
const cutOff = 'gateway-2';

export function runRoaming(
  size: RoamingSize,
  seed: number,
  folder: string,
  planted?: ContainmentBugName,
): Promise<Verdict<RoamingRun>> {
  const stage = {
    servers: size.servers,
    gateways: 2,
    coordinators: 2,
    computes: 1,
    slots: 1,
    env: { MANYHANDS_LEASE_CHUNKS_MAX: '4' },
    ...(planted && { planted }),
  };
  return prove('roaming', stage, seed, folder, (proof) => go(size, seed, proof), roamingBreaks);
}

async function go(size: RoamingSize, seed: number, proof: Proof): Promise<RoamingRun> {
  const stored: Stored[] = [];
  const sightings: Sighting[] = [];
  let refused = 0;
  let over = false;
  const now = (): number => Math.round(performance.now());
  const truth = await (
    await openBucket(proof.broker, 'jobs')
  ).watch('>', {
    entry: ({ value }) =>
      value && stored.push({ ...standingOf(JSON.parse(Buffer.from(value).toString()) as JobView), atMs: now() }),
  });
  const chunks = Math.ceil((size.blows.length * (size.blowMs + betweenMs) + betweenMs) / chunkMs / jobs);
  const submitted = await Promise.all(
    Array.from({ length: jobs }, () =>
      submitOrder(proof, { kind: 'steady', params: { ms: chunkMs, every: 0, salt: 0 }, chunks }),
    ),
  );

  /** Where it looks from next is by chance; who stays looks through one gateway in one way. */
  async function watch(watcher: string, random: Random, stays?: { gateway: string; how: LookName }): Promise<void> {
    while (!over) {
      const gateway = stays?.gateway ?? random.one(proof.gateways);
      const how = stays?.how ?? random.one(Object.keys(LOOKS) as LookName[]);
      const through = `${how} of gateway-${proof.gateways.indexOf(gateway) + 1}`;
      const saw = (view: JobView): void => void sightings.push({ ...standingOf(view), atMs: now(), watcher, through });
      await LOOKS[how](gateway, submitted, saw, stays ? size.blowMs * 2 : lookMs).catch(() => (refused += 1));
      await wait(random.whole(10, 150));
    }
  }

  const watching = [
    ...Array.from({ length: size.watchers }, (_, index) => watch(`roamer ${index + 1}`, new Random(seed + index))),
    ...(['socket', 'events'] as const).map((how) =>
      watch(`${how} that stays`, new Random(seed), { gateway: proof.gateways[1]!, how }),
    ),
  ];
  for (const blow of size.blows) {
    await wait(betweenMs);
    await strike(blow, size.blowMs, proof);
  }
  await wait(betweenMs);
  const left = await leftAfter(proof, submitted, endWithinMs);
  await wait(betweenMs);
  over = true;
  await Promise.all(watching);
  await truth.stop();
  return { sightings, stored, refused, left };
}

async function strike(blow: Blow, forMs: number, { system, broker }: Proof): Promise<void> {
  if (blow === 'silent' || blow === 'deaf') {
    for (const link of system.linksOf(cutOff)) link.silence(blow === 'silent' ? ['there', 'back'] : ['back']);
    await wait(forMs);
    for (const link of system.linksOf(cutOff)) link.mend();
    return;
  }
  const led = blow === 'leader' ? (await broker.manager.streams.info('KV_jobs')).cluster?.leader : cutOff;
  const pid = await pidWhenUp(system, led ?? system.servers[0]!);
  signal(pid, 'SIGSTOP');
  await wait(forMs);
  signal(pid, 'SIGCONT');
}

/** Pure. */
export function roamingBreaks({ sightings, stored, refused, left }: RoamingRun): string[] {
  return [
    ...pastsSeen(sightings, stored),
    ...left.map((job) => `${job} has not ended`),
    ...(sightings.length > 100 ? [] : [`only ${sightings.length} states were seen, so nothing was tried`]),
    ...(refused > 0 ? [] : ['nobody was refused, so nothing was cut off']),
  ];
}

export function tellRoaming(verdict: Verdict<RoamingRun>): number {
  const { sightings, stored, refused } = verdict.run;
  return tellProof(
    'roaming',
    'a watcher that moves between gateways sees no job fall back, and no state older than 5 s',
    `${sightings.length} states seen of ${stored.length} stored, ${refused} looks refused`,
    verdict,
  );
}
