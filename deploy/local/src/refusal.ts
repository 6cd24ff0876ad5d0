import { WrongSettings } from '@manyhands/proto/settings';

/**
 * A reason not to continue, written for the user at the terminal: it states what is wrong and what to do. Printed as it is,
 * without a stack, and the process ends with 1.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Runs an entry file's main function; a refusal or a wrong setting becomes one sentence, anything else keeps its stack. */
export async function runEntry(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    const isSentence = error instanceof Refusal || error instanceof WrongSettings;
    process.stderr.write(`${isSentence ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
