/** Why an input is refused, and where. */
import { Problem } from '../edge/problem.ts';

export class InputFlaw extends Error {
  override readonly name = 'InputFlaw';
  /** Of what was sent, counted from 1; undefined when it is no line that is wrong. */
  readonly line: number | undefined;
  /** Whether it is right, but more than may be sent. */
  readonly isTooMuch: boolean;

  constructor(line: number | undefined, message: string, isTooMuch = false) {
    super(message);
    this.line = line;
    this.isTooMuch = isTooMuch;
  }
}

/** What is answered to an input with a flaw; any other error stays as it is. `where` begins the sentence. */
export function problemOfFlaw(error: unknown, where: string): unknown {
  if (!(error instanceof InputFlaw)) return error;
  const place = error.line === undefined ? where : `${where}, line ${error.line}`;
  return new Problem(error.isTooMuch ? 413 : 400, `${place}: ${error.message}.`);
}
