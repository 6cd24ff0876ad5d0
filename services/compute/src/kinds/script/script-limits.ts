/** How long a script may be and what it may use, the latter read from the environment that the worker gives to the processes of its sandbox. */

export interface ScriptLimits {
  /** Of the interpreter: all that the script holds. */
  memoryBytes: number;
  stackBytes: number;
  /** Milliseconds that a chunk, or one merge, may take. */
  timeMs: number;
  /** Letters of what a chunk or a merge leaves, as JSON. */
  outputMax: number;
}

export const N_MAX = 1_000_000_000_000;
/** As the compatible route for code has it. */
export const CODE_LENGTH_MAX = 50_000;
const KIB = 1024;

/** What is missing has the default of the setting of the same name. */
export function scriptLimits(environment: Readonly<Record<string, string | undefined>>): ScriptLimits {
  const number = (name: string, usual: number): number => Number(environment[name] ?? usual);
  return {
    memoryBytes: number('MANYHANDS_SCRIPT_MEMORY_MB', 64) * KIB * KIB,
    stackBytes: number('MANYHANDS_SCRIPT_STACK_KB', 512) * KIB,
    timeMs: number('MANYHANDS_SCRIPT_SECONDS', 10) * 1_000,
    outputMax: number('MANYHANDS_SCRIPT_OUTPUT_KB', 1024) * KIB,
  };
}
