/** How many slots a process has, so that the memory it may use holds their threads. Pure. */
import { WrongSettings } from '@manyhands/proto/settings';

const MIB = 1024 ** 2;
/** Measured with our kinds, each slot after chunks that hold nothing: 186 MiB with 2 slots, 458 with 16, 729 with 32, 1,339 with 64. What chunks hold comes on top. */
const PROCESS_MIB = 160;
const SLOT_MIB = 20;

/** What the process and its threads need before their chunks hold anything. */
export function memoryMibOf(slots: number): number {
  return PROCESS_MIB + slots * SLOT_MIB;
}

/** `given`: as set; undefined: one per core, as far as memory holds them. `limitBytes`: of this process, as of its container. Throws `WrongSettings`. */
export function slotsWithin(given: number | undefined, cores: number, limitBytes: number): number {
  const limitMib = Math.floor(limitBytes / MIB);
  const most = Math.floor((limitMib - PROCESS_MIB) / SLOT_MIB);
  if (given === undefined) return Math.max(1, Math.min(cores, most));
  if (given <= most) return given;
  const fewer = most < 1 ? 'Let' : `Set MANYHANDS_SLOTS to ${most} at most, or let`;
  throw new WrongSettings(
    `Compute cannot start: MANYHANDS_SLOTS is ${given}, and so many threads need ${memoryMibOf(given)} MiB of memory before their chunks hold anything; this process may use ${limitMib}. ` +
      `${fewer} it use more (compose: MANYHANDS_COMPUTE_MEMORY in .env; the chart: resources.limits.memory of its workers).`,
  );
}
