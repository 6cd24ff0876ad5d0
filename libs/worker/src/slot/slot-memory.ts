/** How many slots a worker has, so that the memory it may use holds their threads. */

const MIB = 1024 ** 2;
/** Measured with our kinds, each slot after chunks that hold nothing: 186 MiB with 2 slots, 458 with 16, 729 with 32, 1,339 with 64. What chunks hold comes on top. */
const PROCESS_MIB = 160;
const SLOT_MIB = 20;

/** What the process and its threads need before their chunks hold anything. */
export function memoryMibOf(slots: number): number {
  return PROCESS_MIB + slots * SLOT_MIB;
}

export interface GivenSlots {
  /** As set; undefined: one per core, as far as memory holds them. */
  slots: number | undefined;
  cores: number;
  /** Of this process, as of its container. */
  limitBytes: number;
}

/** `wrong`: what is wrong with so many, and what to set, as the rest of a sentence that begins with what set them. */
export function slotsWithin({ slots, cores, limitBytes }: GivenSlots): { slots: number } | { wrong: string } {
  const limitMib = Math.floor(limitBytes / MIB);
  const most = Math.floor((limitMib - PROCESS_MIB) / SLOT_MIB);
  if (slots === undefined) return { slots: Math.max(1, Math.min(cores, most)) };
  if (slots <= most) return { slots };
  const fewer = most < 1 ? 'Let' : `Set it to ${most} at most, or let`;
  return {
    wrong:
      `is ${slots}, and so many threads need ${memoryMibOf(slots)} MiB of memory before their chunks hold anything; this process may use ${limitMib}. ` +
      `${fewer} it use more`,
  };
}

/** In bytes, of this process: that of its container, where it has one. Node states 0 where it is unknown. */
export function memoryLimit(): number {
  return process.constrainedMemory() || Infinity;
}
