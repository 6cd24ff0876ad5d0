/** Why an input is refused, and where. */
export class InputFlaw extends Error {
  override readonly name = 'InputFlaw';
  /** Of what was sent, counted from 1. */
  readonly line: number;
  /** Whether it is right, but more than may be sent. */
  readonly isTooMuch: boolean;

  constructor(line: number, message: string, isTooMuch = false) {
    super(message);
    this.line = line;
    this.isTooMuch = isTooMuch;
  }
}
