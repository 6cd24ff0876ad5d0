/** Makes known what this worker can compute: writes bucket kinds, only where it states something else or nothing. */
import {
  decode,
  encode,
  ifReadable,
  isManyhandsError,
  KindRegistration,
  keys,
  ManyhandsError,
  WorkerHeartbeat,
} from '@manyhands/proto';
import { openBucket } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import type { KindCard } from '../slot/slot-messages.ts';
import { claimKind, type KindClaim } from './kind-claim.ts';
import { originOf } from './kind-origin.ts';

const TRIES = 5;

function registrationOf(card: KindCard, at = new Date()): KindRegistration {
  const { attempts, softLimitSec, hardLimitSec } = card.defaults;
  return {
    v: 1,
    type: 'KindRegistration',
    kind: card.name,
    title: card.title,
    description: card.description,
    params_schema: card.params as KindRegistration['params_schema'],
    example: card.example as KindRegistration['example'],
    default_chunks: card.chunks,
    version: card.version,
    ...shapeOf(card),
    ...(Object.keys(card.defaults).length > 0 && {
      defaults: {
        ...(attempts !== undefined && { max_attempts: attempts }),
        ...(softLimitSec !== undefined && { soft_limit_sec: softLimitSec }),
        ...(hardLimitSec !== undefined && { hard_limit_sec: hardLimitSec }),
      },
    }),
    ...(card.concurrency !== undefined && { concurrency: card.concurrency }),
    ...(card.sandboxed && { sandboxed: card.sandboxed }),
    ...originOf(card.module),
    registered_at: at.toISOString(),
  };
}

function shapeOf({ input, output, empty, finish }: KindCard): Partial<KindRegistration> {
  return {
    ...(input && { input: input as NonNullable<KindRegistration['input']> }),
    ...(output && { output }),
    ...(empty !== undefined && { empty }),
    ...(finish && { finish }),
  };
}

/** Throws `bad_request` for a kind that another project's workers compute now. */
export async function registerKinds(broker: Broker, cards: readonly KindCard[], log: Pick<Logger, 'warn'>): Promise<void> {
  const [kinds, workers] = await Promise.all([openBucket(broker, 'kinds'), openBucket(broker, 'workers')]);
  for (const card of cards) {
    const wanted = registrationOf(card);
    const claim = await claimed(wanted);
    if (claim.is === 'refused') throw new ManyhandsError('bad_request', claim.why);
    if (claim.is === 'written' && claim.warning !== undefined) log.warn({ kind: wanted.kind }, claim.warning);
  }

  /** Others may register at the same moment: the second one looks again. */
  async function claimed(wanted: KindRegistration): Promise<KindClaim> {
    for (let tries = 1; ; tries += 1) {
      const entry = await kinds.get(keys.kind(wanted.kind));
      const present = entry?.value && ifReadable(() => decode(KindRegistration, entry.value!));
      const claim = claimKind(present, wanted, present ? await liveWorkers() : []);
      if (claim.is !== 'written') return claim;
      try {
        await kinds.update(keys.kind(wanted.kind), encode(wanted), entry?.revision ?? 0);
        return claim;
      } catch (error) {
        if (!isManyhandsError(error, 'revision_conflict') || tries === TRIES) throw error;
      }
    }
  }

  async function liveWorkers(): Promise<WorkerHeartbeat[]> {
    const entries = await workers.entries();
    return entries.flatMap(({ value }) => (value && ifReadable(() => decode(WorkerHeartbeat, value))) ?? []);
  }
}
