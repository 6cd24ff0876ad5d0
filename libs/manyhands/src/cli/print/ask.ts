/** Asks for one line at the terminal; a secret is not shown while it is typed. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { usage } from '../exit.ts';
import type { World } from '../world.ts';

/** Throws a sentence where there is no terminal to ask at: `instead` states what to type there. */
export async function ask(
  { stdin, stderr, interrupt }: World,
  question: string,
  { secret = false, instead }: { secret?: boolean; instead: string },
): Promise<string> {
  if (!stdin.isTTY || !stderr.isTTY) throw usage(`There is no terminal to ask at: ${instead}`);
  let isShown = true;
  const output = new Writable({
    write(text: Buffer, _encoding, written) {
      if (isShown) stderr.write(text);
      written();
    },
  });
  const asking = createInterface({ input: stdin, output, terminal: true });
  try {
    const answer = asking.question(question, { signal: interrupt });
    isShown = !secret;
    return await answer;
  } finally {
    asking.close();
    if (secret) stderr.write('\n');
  }
}
