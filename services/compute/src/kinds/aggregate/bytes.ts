/** Bytes that the scanners look for, in CSV and in JSON. */
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const LIST_OPEN = 0x5b;
export const BACKSLASH = 0x5c;
export const LIST_CLOSE = 0x5d;
export const LETTER_N = 0x6e;
export const BRACE_OPEN = 0x7b;
export const BRACE_CLOSE = 0x7d;

/** The same bytes, with a line feed behind them. */
export function ended(part: Uint8Array): Uint8Array {
  const whole = new Uint8Array(part.length + 1);
  whole.set(part);
  whole[part.length] = LF;
  return whole;
}
