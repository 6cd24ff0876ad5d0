/** Asks before several things are changed at once. */
import { createInterface } from 'node:readline/promises';
import { usage } from '../exit.ts';
import type { World } from '../world.ts';

/** Throws a sentence where there is no terminal to ask at. */
export async function confirm({ stdin, stderr, interrupt }: World, question: string): Promise<boolean> {
  if (!stdin.isTTY || !stderr.isTTY) throw usage(`${question} There is no terminal to ask at: add --yes.`);
  const asking = createInterface({ input: stdin, output: stderr as unknown as NodeJS.WritableStream });
  try {
    const answer = await asking.question(`${question} [y/N] `, { signal: interrupt });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}
