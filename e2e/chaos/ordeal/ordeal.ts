/** What a running system is put through, with what the ordeals have in common. */
import { setTimeout as wait } from 'node:timers/promises';
import { mailboxSubjects } from '@manyhands/proto';
import { createOutbox, lastStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { Random } from '../../simulation/random.ts';
import { only, type History } from '../history.ts';
import { load } from '../load/clients.ts';
import { usualJob, type KnownJob } from '../load/known-jobs.ts';
import type { Stage } from '../profile.ts';
import type { ComposedSystem } from '../system/composed-system.ts';

export interface Ordeal {
  stage: Stage;
  seed: number;
  system: ComposedSystem;
  broker: Broker;
  history: History;
  say: (line: string) => void;
}

/** Users submit and follow jobs while `torture` runs, and until there were as many as the stage asks for. */
export async function underLoad({ stage, seed, system, broker, history }: Ordeal, torture: () => Promise<void>): Promise<void> {
  let torturing = true;
  const enough = (): boolean => {
    const submits = only(history.entries, 'submitted');
    return submits.length >= stage.jobsMin && submits.reduce((sum, { chunks }) => sum + chunks, 0) >= stage.chunksMin;
  };
  await Promise.all([
    torture().finally(() => (torturing = false)),
    load({
      ...loadOn(system, broker, history, stage),
      seed,
      clients: stage.clients,
      goOn: () => torturing || !enough(),
      order: (random) => usualJob(random, stage.jobChunks),
    }),
  ]);
}

type LoadSetting = Parameters<typeof load>[0];

export function loadOn(
  system: ComposedSystem,
  broker: Broker,
  history: History,
  stage: Stage,
): Pick<LoadSetting, 'gateways' | 'history' | 'repeat' | 'endWithinMs'> {
  return { gateways: system.gateways, history, endWithinMs: stage.endWithinMs, repeat: (jobId) => repeatSubmit(broker, jobId) };
}

export type Ordering = (random: Random) => KnownJob;

/** What a gateway does that never heard its own publish was stored. */
async function repeatSubmit(broker: Broker, jobId: string): Promise<string> {
  const subject = mailboxSubjects.submit(jobId);
  try {
    const stored = await lastStored(broker, 'mailbox', subject);
    if (stored === undefined) return 'not stored';
    const [outcome] = await createOutbox(broker).publishAll([{ subject, data: stored.data, expectLastSubjectSequence: 0 }]);
    return outcome ?? 'unknown';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const lookMs = 20;

/** Resolves with whether `done` came true in time. */
export async function until(done: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await done())) {
    if (performance.now() > deadline) return false;
    await wait(lookMs);
  }
  return true;
}
