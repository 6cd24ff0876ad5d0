/** One record of JSON as it was written, on one line. */
import { limits } from '@manyhands/proto';
import { InputFlaw } from './input-flaw.ts';
import { isDeeperThan } from './nesting.ts';
import type { RecordRules } from './record-rules.ts';
import { roundedIn } from './rounded-number.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws `InputFlaw` when the bytes are no UTF-8, or too many. */
export function textOf(bytes: Uint8Array, line: number, rules: RecordRules): string {
  if (bytes.length > rules.recordBytesMax) throw tooLong(line, rules);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new InputFlaw(line, 'it is not UTF-8; send the input in that encoding');
  }
}

export function tooLong(line: number, { recordBytesMax }: RecordRules): InputFlaw {
  return new InputFlaw(
    line,
    `it is longer than ${recordBytesMax} bytes, the most that one record may have; send an address instead of large content`,
    true,
  );
}

/** Throws `InputFlaw` when it is no JSON, or not as it must be. Digits stay as they are written; line breaks can only stand between values, and become spaces. */
export function jsonOf(text: string, line: number, rules: RecordRules): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputFlaw(line, `it is not JSON (${(error as Error).message})`);
  }
  if (isDeeperThan(text, limits.jsonDepthMax))
    throw new InputFlaw(line, `it is nested deeper than ${limits.jsonDepthMax} arrays or objects; send it flatter`);
  checkRecord(value, line, rules);
  const says = rules.rounded && roundedIn(text);
  if (says !== undefined) rules.rounded!(line, says);
  return text.trim().replace(/[\r\n]+/g, ' ');
}

/** Throws `InputFlaw` for a record that is not as it must be. */
export function checkRecord(value: unknown, line: number, { check }: RecordRules): void {
  const problem = check?.(value);
  if (problem !== undefined) throw new InputFlaw(line, problem);
}
