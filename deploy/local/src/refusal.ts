import { WrongSettings } from '@manyhands/proto/settings';

/**
 * A reason not to continue, written for the user at the terminal: it states what is wrong and what to do. Printed as it is,
 * without a stack, and the process ends with 1.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Runs an entry file's main function; a refusal, a wrong setting or a disk that takes nothing becomes one sentence, anything else keeps its stack. */
export async function runEntry(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exitCode = 1;
  }
}

const ofDisk: Partial<Record<string, string>> = {
  ENOSPC: 'The disk is full',
  EDQUOT: 'This account may store no more on the disk',
  EROFS: 'The disk can only be read',
};

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Refusal || error instanceof WrongSettings) return error.message;
  const trouble = ofDisk[(error as NodeJS.ErrnoException).code ?? ''];
  if (trouble === undefined) return error.stack ?? error.message;
  return `${trouble} (${error.message}). Make room, or name a folder on another disk with MANYHANDS_HOME.`;
}
