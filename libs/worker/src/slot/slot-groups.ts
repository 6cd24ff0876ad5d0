/**
 * The slots of a worker: a thread each for kinds that compute, and one shared thread for each kind with `concurrency`.
 *
 * Invariant: the first thread loads the kinds and decides what is started beside it; it is ended again when every kind has slots of its own. Its first chunk starts a shared thread.
 */
import { ManyhandsError } from '@manyhands/proto';
import type { Logger } from '@manyhands/observe';
import type { FileSink } from '../file/file-desk.ts';
import type { PaceWait } from '../pace/pace-desk.ts';
import { demandBubblewrap, type Sandbox } from './confinement.ts';
import { GuardedSlot, type GuardedSlotOptions } from './guarded-slot.ts';
import { IsolationGate } from './isolation-gate.ts';
import { chosenKinds } from './kind-modules.ts';
import { SharedThread } from './shared-thread.ts';
import type { KindCard, KindModule, LogLine } from './slot-messages.ts';
import { SLOT_BOUNDS } from './slot-bounds.ts';
import { SLOT_MEMORY_MB } from './slot-thread.ts';

/** Processes for the suspects of one shared thread. */
const ISOLATED_MAX = 4;

export interface SlotGroupsOptions {
  kindModules: readonly KindModule[];
  /** Threads for kinds without `concurrency`. */
  threads: number;
  memoryMb: number | undefined;
  /** Only these kinds; all when undefined. */
  wanted: readonly string[] | undefined;
  pace: PaceWait;
  sandbox: Sandbox;
  /** Where the slot of an index sends its files. */
  filesOf: (slot: number) => FileSink;
  /** Called with each line of task code, by the index of its slot. */
  logged: (slot: number, line: LogLine, isOfRun: boolean) => void;
  log: Logger;
}

export class SlotGroup {
  readonly kinds: readonly string[];
  readonly slots: readonly GuardedSlot[];
  /** Whether no other kind can use its slots. */
  readonly isOfOneKind: boolean;
  /** Called each time one of its slots becomes idle. */
  idle: () => void = () => {};

  constructor(kinds: readonly string[], slots: (idle: () => void) => readonly GuardedSlot[], isOfOneKind: boolean) {
    this.kinds = kinds;
    this.slots = slots(() => this.idle());
    this.isOfOneKind = isOfOneKind;
  }
}

export interface SlotGroups {
  /** What is computed. */
  cards: readonly KindCard[];
  groups: readonly SlotGroup[];
}

/** Throws `bad_request` when a kind cannot be loaded or is unknown; the sentence states what to change. */
export async function startSlotGroups(options: SlotGroupsOptions): Promise<SlotGroups> {
  const started: GuardedSlot[] = [];
  let idle = (): void => {};
  try {
    const first = slotOf(options, 0, () => idle());
    started.push(first);
    const cards = chosenKinds(await first.start(), options.wanted);
    demandBubblewrap(cards, options.sandbox);
    const threaded = cards.filter(({ concurrency }) => concurrency === undefined);
    const groups: SlotGroup[] = [];
    if (threaded.length > 0) {
      const kinds = threaded.map(({ name }) => name);
      const rest = (idled: () => void): GuardedSlot[] =>
        Array.from({ length: options.threads - 1 }, (_, more) => slotOf(options, more + 1, idled));
      const group = new SlotGroup(kinds, (idled) => [first, ...rest(idled)], false);
      idle = () => group.idle();
      groups.push(group);
    }
    for (const card of cards)
      if (card.concurrency !== undefined) groups.push(sharedGroup(options, card, groups.flatMap(({ slots }) => slots).length));
    const others = (isOfOneKind: boolean): GuardedSlot[] =>
      groups.filter((group) => group.isOfOneKind === isOfOneKind).flatMap(({ slots }) => slots.filter((slot) => slot !== first));
    const threads = others(false);
    started.push(...threads);
    for (const slot of others(true)) slot.sleep(cards);
    await Promise.all([...threads.map((slot) => slot.start()), ...(threaded.length === 0 ? [first.close()] : [])]);
    return { cards, groups };
  } catch (cause) {
    await Promise.all(started.map((slot) => slot.close()));
    throw new ManyhandsError('bad_request', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function sharedGroup(options: SlotGroupsOptions, { name, concurrency, memoryMb }: KindCard, firstIndex: number): SlotGroup {
  const thread = new SharedThread((forMs) =>
    options.log.warn(
      { kind: name },
      `all chunks of ${name} waited ${(forMs / 1_000).toFixed(1)} s while one computed: a kind with concurrency is for task code that waits; leave concurrency out, or compute less at a stretch`,
    ),
  );
  const gate = new IsolationGate(ISOLATED_MAX);
  const own = { memoryMb: options.memoryMb ?? memoryMb ?? SLOT_MEMORY_MB, gate };
  return new SlotGroup(
    [name],
    (idle) =>
      Array.from({ length: concurrency ?? 1 }, (_, at) =>
        slotOf(options, firstIndex + at, idle, { ...own, hosts: thread.hosts() }),
      ),
    true,
  );
}

function slotOf(
  { kindModules, memoryMb, pace, sandbox, filesOf, logged, log }: SlotGroupsOptions,
  index: number,
  idle: () => void,
  own: Pick<GuardedSlotOptions, 'memoryMb' | 'gate' | 'hosts'> = memoryMb === undefined ? {} : { memoryMb },
): GuardedSlot {
  return new GuardedSlot({
    index,
    kindModules,
    bounds: SLOT_BOUNDS,
    ...own,
    pace,
    sandbox,
    files: filesOf(index),
    idle,
    died: (reason) => log.warn(`slot ${index} is started again: ${reason}`),
    logged: (line, isOfRun) => logged(index, line, isOfRun),
  });
}
