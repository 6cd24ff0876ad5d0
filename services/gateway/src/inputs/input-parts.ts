/** An input as the parts that are stored of it. */
import { cutParts } from '@manyhands/broker';
import { limits, type InputForm } from '@manyhands/proto';
import { InputFlaw } from './input-flaw.ts';
import { PartCutter, type Part, type StoredPart } from './part-cutter.ts';
import type { RecordRules } from './record-rules.ts';
import { recordsOf } from './record-source.ts';
import { TableCutter } from './table-cutter.ts';

/** Throws `InputFlaw` at the first record that is wrong, and at one too many. */
export async function* inputParts(
  form: InputForm,
  source: AsyncIterable<Buffer>,
  rules: Pick<RecordRules, 'check' | 'rounded'> = {},
): AsyncGenerator<StoredPart, void, void> {
  if (form === 'bytes') {
    for await (const bytes of cutParts(source)) yield { bytes, records: 1 };
    return;
  }
  if (form === 'table') {
    const table = new TableCutter(limits.partBytesMax);
    for await (const piece of source) yield* table.push(piece);
    yield* table.end();
    return;
  }
  // The longest record is a part with its line break.
  const cutter = new PartCutter(limits.partBytesMax + 1);
  let records = 0;
  for await (const some of recordsOf(form, source, { ...rules, recordBytesMax: limits.partBytesMax })) {
    records += some.length;
    if (records > limits.inputRecordsMax)
      throw new InputFlaw(undefined, `an input may have ${limits.inputRecordsMax} records at most; divide it into several`, true);
    for (const part of cutter.push(some)) yield storedPart(part);
  }
  for (const part of cutter.end()) yield storedPart(part);
}

function storedPart({ text, records }: Part): StoredPart {
  return { bytes: Buffer.from(text), records };
}
