/** Why an input is refused, and where. */
import { Problem } from '../edge/problem.ts';

export class InputFlaw extends Error {
  override readonly name = 'InputFlaw';
  /** Of what was sent, counted from 1; undefined when it is no line that is wrong. */
  readonly line: number | undefined;
  /** Of the element of an array, from 0. */
  index: number | undefined;
  /** Whether it is right, but more than may be sent. */
  readonly isTooMuch: boolean;

  constructor(line: number | undefined, message: string, isTooMuch = false) {
    super(message);
    this.line = line;
    this.isTooMuch = isTooMuch;
  }
}

/** Of a record that cannot be read. */
export function ofAnotherRelease(inputId: string): string {
  return `Input ${inputId} was stored by another release, and this one cannot read it. Send it again with POST /v1/inputs, or start that release.`;
}

/** What is answered to an upload with a flaw; any other error stays as it is. */
export function problemOfUpload(error: unknown): unknown {
  if (!(error instanceof InputFlaw)) return error;
  return problemOf(error, error.line === undefined ? 'The input' : `The input, line ${error.line}`);
}

/** The same for the items in the body of a submission. */
export function problemOfItems(error: unknown): unknown {
  if (!(error instanceof InputFlaw)) return error;
  return problemOf(error, error.index === undefined ? 'items' : `items[${error.index}]`);
}

function problemOf({ isTooMuch, message }: InputFlaw, place: string): Problem {
  return new Problem(isTooMuch ? 413 : 400, `${place}: ${message}.`);
}
