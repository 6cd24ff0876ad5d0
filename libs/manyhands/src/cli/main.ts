/** Runs one command line. Returns the exit code; never throws. */
import { CommanderError } from 'commander';
import { endingOf, EXIT } from './exit.ts';
import { plainLines } from './print/table.ts';
import { createProgram } from './program.ts';
import { Session } from './session.ts';
import type { World } from './world.ts';

export async function main(args: readonly string[], world: World): Promise<number> {
  const session = new Session(world);
  try {
    const program = createProgram(session);
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync([...args], { from: 'user' });
    return session.exitCode;
  } catch (error) {
    session.line?.end();
    if ((error as Error).name === 'AbortError') {
      // At a question the terminal sends no signal: it is the question that ends, and the cursor stands behind it.
      if (!world.interrupt.aborted) world.stderr.write('\n');
      return EXIT.interrupted;
    }
    const { code, text } = endingOf(error, session.urlAsked);
    if (text !== '' && !(error instanceof CommanderError)) world.stderr.write(`${plainLines(text)}\n`);
    return code;
  }
}
