/**
 * The answer: a row for each group, in the order of their texts.
 *
 * A column of the answer holds JSON numbers where all its values are exactly that, and decimals as texts otherwise.
 */
import { ComputeRefused } from '@manyhands/worker/task';
import { decimalText, divided, isExactNumber, type Units } from './decimal.ts';
import { type Entry, isOver, type Partial } from './partial.ts';
import type { AnswerColumn, Plan } from './plan.ts';

export type Row = Record<string, string | number | null>;

/** Digits of a mean behind those of its values. */
const MEAN_DIGITS = 6;

/** Throws `ComputeRefused` for more than an answer may have, and for a column that no record has. */
export function answerOf(partial: Partial, groupNames: readonly string[], plan: Plan): Row[] {
  if (isOver(partial))
    throw new ComputeRefused(
      `there are more than ${plan.bounds.groups} groups, more than ${plan.bounds.texts} texts to count as distinct, or more than ${plan.bounds.chars} characters in them; group by fewer columns, or by one with fewer different values`,
    );
  const missing = plan.asked.find((_, cell) => partial.seen[cell] !== 1);
  if (missing !== undefined) throw new ComputeRefused(`no record has a field ${JSON.stringify(missing)}`);
  const groups = Object.entries(partial.groups)
    .map(([key, entry]) => ({ texts: JSON.parse(key) as string[], entry }))
    .sort((one, other) => compared(one.texts, other.texts));
  const rows = groups.map(({ texts }): Row => Object.fromEntries(groupNames.map((name, at) => [name, texts[at]!])));
  for (const column of plan.answers) {
    const values = groups.map(({ entry }) => valueOf(column, entry, partial.scales, plan));
    const areNumbers = values.every((value) => typeof value !== 'string' || isExactNumber(value));
    values.forEach((value, at) => (rows[at]![column.name] = areNumbers && value !== null ? Number(value) : value));
  }
  return rows;
}

/** A decimal as a text, or `null` where there is none. */
function valueOf(column: AnswerColumn, entry: Entry, scales: readonly number[], plan: Plan): string | number | null {
  if (column.is === 'rows') return entry[0];
  if (column.is === 'distinct') return Object.keys(entry[plan.distinct[column.distinct]!.at] as object).length;
  const { at, wantsSum, wantsMin } = plan.values[column.value]!;
  const scale = scales[column.value]!;
  const count = entry[at] as number;
  if (count === 0) return null;
  if (column.is === 'min') return decimalText(BigInt(entry[at + 1 + Number(wantsSum)] as Units), scale);
  if (column.is === 'max') return decimalText(BigInt(entry[at + 1 + Number(wantsSum) + Number(wantsMin)] as Units), scale);
  const sum = BigInt(entry[at + 1] as Units);
  if (column.is === 'sum') return decimalText(sum, scale);
  return decimalText(divided(sum * 10n ** BigInt(MEAN_DIGITS), BigInt(count)), scale + MEAN_DIGITS);
}

function compared(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < one.length; at += 1) if (one[at]! !== other[at]!) return one[at]! < other[at]! ? -1 : 1;
  return 0;
}
