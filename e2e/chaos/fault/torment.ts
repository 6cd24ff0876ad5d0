/**
 * Carries a plan out on the running system.
 *
 * Invariant: when it resolves, nothing is paused and every link is mended. Leaders are looked up when a fault is due; where the
 * cluster cannot say who leads, a server by chance (from the seed) is hit.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Random } from '../../simulation/random.ts';
import type { History } from '../history.ts';
import type { Fault, Shape } from '../plan.ts';
import type { ComposedSystem } from '../system/composed-system.ts';
import type { Direction } from './server-link.ts';

export interface TormentSetting {
  seed: number;
  plan: readonly Fault[];
  system: ComposedSystem;
  history: History;
  leaderOf(role: Extract<Fault, { role: unknown }>['role']): Promise<string | undefined>;
}

export async function torment(setting: TormentSetting): Promise<void> {
  const startedAt = performance.now();
  const random = new Random(setting.seed + 1);
  await Promise.all(
    setting.plan.map(async (fault) => {
      await wait(Math.max(0, fault.atMs - (performance.now() - startedAt)));
      await carryOut(setting, fault, random);
    }),
  );
}

async function carryOut(setting: TormentSetting, fault: Fault, random: Random): Promise<void> {
  const { system, history } = setting;
  const hit = 'target' in fault ? fault.target : ((await setting.leaderOf(fault.role)) ?? random.one(system.servers));
  if (fault.kind === 'partition') return partition(setting, fault.shape, hit, fault, random);
  if (fault.kind === 'cut-off') return cutOff(setting, fault, hit);
  const pid = await pidWhenUp(system, hit);
  history.add({ what: 'fault', fault, hit });
  if (fault.kind === 'kill' || fault.kind === 'kill-server') {
    signal(pid, 'SIGKILL');
    return;
  }
  signal(pid, 'SIGSTOP');
  await wait(fault.forMs);
  // If it died meanwhile, the id may be another's by now.
  if (system.pidOf(hit) === pid) signal(pid, 'SIGCONT');
  history.add({ what: 'fault-over', kind: fault.kind, hit });
}

/** Its connections stay, and nothing passes: neither end is told. */
async function cutOff({ system, history }: TormentSetting, fault: Fault & { forMs: number }, hit: string): Promise<void> {
  history.add({ what: 'fault', fault, hit });
  for (const link of system.linksOf(hit)) link.silence(['there', 'back']);
  await wait(fault.forMs);
  for (const link of system.linksOf(hit)) link.mend();
  history.add({ what: 'fault-over', kind: fault.kind, hit });
}

async function partition(
  { system, history }: TormentSetting,
  shape: Shape,
  hit: string,
  fault: Fault & { forMs: number },
  random: Random,
): Promise<void> {
  const others = system.servers.filter((name) => name !== hit);
  const cutOff = shape === 'bridge' ? [random.one(others)] : others;
  history.add({ what: 'fault', fault, hit: shape === 'bridge' ? `${hit}–${cutOff[0]}` : hit });
  const both: Direction[] = ['there', 'back'];
  for (const other of cutOff) {
    system.link(hit, other).silence(shape === 'deaf' ? ['back'] : both);
    system.link(other, hit).silence(shape === 'deaf' ? ['there'] : both);
  }
  await wait(fault.forMs);
  for (const other of cutOff) {
    system.link(hit, other).mend();
    system.link(other, hit).mend();
  }
  history.add({ what: 'fault-over', kind: fault.kind, hit });
}

export async function pidWhenUp(system: ComposedSystem, name: string): Promise<number> {
  for (;;) {
    const pid = system.pidOf(name);
    if (pid !== undefined) return pid;
    await wait(20);
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
