/**
 * What makes a job hard to bear for the system and for its neighbours: what its kind gives back, what its users do, and what fails for it alone.
 *
 * All of it follows from the seed. Half of the jobs have none of it.
 */
import type { KeptOrder } from './kept-order.ts';
import type { Random } from './random.ts';

/** What its partials look like (`partials.ts`); `abyss` and `unmergeable`: beyond what can be borne; `wordy`: its chunks fail with long messages, of which a large job makes more than one message can hold. */
export type Nature = 'plain' | 'words' | 'deep' | 'abyss' | 'large' | 'unmergeable' | 'wordy';

/** What becomes of its merges. `nothing`: they give no partial. `garbled`: what they give is no JSON. */
type MergeFate = 'good' | 'flaky' | 'throws' | 'refuses' | 'nothing' | 'garbled' | 'killer';

export type CommandName = 'cancel' | 'pause' | 'resume' | 'requeue' | 'submit';

interface Command {
  what: CommandName;
  afterSteps: number;
}

/** An operation on the server that fails for this job alone. */
export type Operation = 'save' | 'load' | 'show' | 'lease';

interface Trouble {
  operation: Operation;
  /** How often it fails before it goes well; infinite: for good. */
  times: number;
  /** `unknown`: an error nobody has a name for. `full`: there is no room. */
  error: 'unknown' | 'full';
}

export interface Hostility {
  nature: Nature;
  merges: MergeFate;
  mergeMs: number;
  /** What its users do, by step. */
  commands: readonly Command[];
  /** How often somebody requeues it when it has ended with chunks missing. */
  requeues: number;
  trouble: Trouble | undefined;
}

/** Chances of each way to be hostile. */
const CHANCES = {
  hostile: 0.5,
  natures: ['plain', 'plain', 'plain', 'plain', 'words', 'deep', 'abyss', 'wordy'] as readonly Nature[],
  /** They take a hundred times as long to simulate. */
  largeNatures: 0.03,
  merges: ['good', 'good', 'good', 'good', 'flaky', 'throws', 'refuses', 'nothing', 'killer'] as readonly MergeFate[],
  garbled: 0.08,
  commands: 0.4,
  requeues: [0, 0, 1, 2],
  requeueCommands: 0.3,
  trouble: 0.1,
};

export function hostilityOf(random: Random, cancelAfterSteps: number | undefined): Hostility {
  const cancels: Command[] = cancelAfterSteps === undefined ? [] : [{ what: 'cancel', afterSteps: cancelAfterSteps }];
  if (!random.chance(CHANCES.hostile))
    return { nature: 'plain', merges: 'good', mergeMs: 1, commands: cancels, requeues: 0, trouble: undefined };
  const isLarge = random.chance(CHANCES.largeNatures);
  return {
    nature: isLarge ? random.one<Nature>(['large', 'unmergeable']) : random.one(CHANCES.natures),
    merges: random.chance(CHANCES.garbled) ? 'garbled' : random.one(CHANCES.merges),
    mergeMs: random.one([1, 1, 1, 300, 12_000]),
    commands: [...cancels, ...commandsOf(random)].sort((one, other) => one.afterSteps - other.afterSteps),
    requeues: random.one(CHANCES.requeues),
    trouble: random.chance(CHANCES.trouble) ? troubleOf(random) : undefined,
  };
}

/** Pauses and requeues at any time, and a resume some time after each pause. */
function commandsOf(random: Random): Command[] {
  const commands: Command[] = [];
  if (!random.chance(CHANCES.commands)) return commands;
  for (let more = random.whole(1, 3); more > 0; more -= 1) {
    const afterSteps = random.whole(0, 400);
    if (random.chance(CHANCES.requeueCommands)) commands.push({ what: 'requeue', afterSteps });
    else commands.push({ what: 'pause', afterSteps }, { what: 'resume', afterSteps: afterSteps + random.whole(0, 120) });
  }
  return commands;
}

function troubleOf(random: Random): Trouble {
  const operation = random.one<Operation>(['save', 'load', 'show', 'lease']);
  if (random.chance(0.5)) return { operation, times: Infinity, error: 'unknown' };
  return { operation, times: random.whole(1, 2), error: random.one(['unknown', 'full'] as const) };
}

export type ChunkFate = 'good' | 'flaky' | 'poison' | 'refused' | 'killer' | 'garbled';

export interface SimulatedJob extends Hostility {
  id: string;
  chunks: number;
  policy: 'fail' | 'continue';
  /** What becomes of each chunk when it is computed. */
  fates: readonly ChunkFate[];
  /** Milliseconds one chunk takes. */
  chunkMs: number;
  /** Absent: its partials are merged in any order. */
  kept?: KeptOrder;
}

/** Some ways to be hostile need chunks that are many, few or bad. */
export function withMoreChunks(job: SimulatedJob, random: Random): SimulatedJob {
  const fatesOf = (count: number, fate: (chunk: number) => ChunkFate): ChunkFate[] =>
    Array.from({ length: count }, (_, chunk) => fate(chunk));
  switch (job.nature) {
    case 'large':
    case 'unmergeable': {
      const chunks = random.whole(2, 4);
      return { ...job, chunks, fates: fatesOf(chunks, () => 'good') };
    }
    case 'wordy': {
      const isCrowd = random.chance(0.05);
      const chunks = isCrowd ? random.whole(900, 1_200) : random.whole(5, 40);
      return {
        ...job,
        chunks,
        fates: fatesOf(chunks, () => (random.chance(isCrowd ? 0.9 : 0.1) ? 'refused' : 'good')),
        ...(isCrowd && { policy: 'continue' as const, chunkMs: 0.1 }),
      };
    }
    default:
      return random.chance(CHANCES.garbled / 2)
        ? { ...job, fates: job.fates.map((fate) => (random.chance(0.3) ? 'garbled' : fate)) }
        : job;
  }
}

/** Every chunk of it can be computed and everything about it works, so it must end well whatever its neighbours do. */
export function isHealthy({ nature, merges, fates, trouble }: SimulatedJob): boolean {
  const heals = trouble === undefined || trouble.times !== Infinity;
  return heals && merges === 'good' && nature !== 'unmergeable' && nature !== 'abyss' && fates.every((fate) => fate === 'good');
}
