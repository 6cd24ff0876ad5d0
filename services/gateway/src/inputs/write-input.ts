/** Writes an input: its parts as they come, and when all of them are acknowledged its record. */
import { inputObject, ObjectWriter, putInputRecord } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { InputForm, InputRecord } from '@manyhands/proto';
import { InputFlaw } from './input-flaw.ts';
import { inputParts } from './input-parts.ts';
import { demandRoom } from './input-room.ts';
import type { RecordRules } from './record-rules.ts';

/** Parts stored from one look at the room to the next: 4 MiB. */
const PARTS_PER_LOOK = 8;

export interface NewInput {
  tenant: string;
  form: InputForm;
  source: AsyncIterable<Buffer>;
  check?: RecordRules['check'] | undefined;
  /** Whether its kind is handed its records as values, so that a whole number that would become another is refused. Absent: that is not known yet. */
  isRead?: boolean | undefined;
  /** As sent, when it is known before. */
  bytes?: number | undefined;
  /** Of the file of a batch; asked for when all of it is read. */
  batch?: (() => InputRecord['batch']) | undefined;
}

/** `countBytes` is called with each part, before it is stored. When it fails, what is stored of it stays. */
export async function writeInput(
  broker: Broker,
  inputId: string,
  { tenant, form, source, check, isRead, batch }: NewInput,
  countBytes: (bytes: number) => void,
): Promise<InputRecord> {
  const writer = new ObjectWriter(broker, inputObject(tenant, inputId));
  const parts: number[] = [];
  let bytes: number;
  let firstRounded: string | undefined;
  const rounded = (line: number, says: string): void => {
    if (isRead) throw new InputFlaw(line, says);
    firstRounded ??= `line ${line}: ${says}`;
  };
  try {
    for await (const part of inputParts(form, source, { check, ...(isRead !== false && { rounded }) })) {
      if (parts.length % PARTS_PER_LOOK === PARTS_PER_LOOK - 1) await demandRoom(broker, part.bytes.length);
      countBytes(part.bytes.length);
      await writer.put(part.bytes);
      parts.push(part.records);
    }
    bytes = await writer.close();
  } catch (error) {
    await writer.settle();
    throw error;
  }
  const ofBatch = batch?.();
  const records = parts.reduce((sum, count) => sum + count, 0);
  const record: InputRecord = {
    v: 1,
    type: 'InputRecord',
    input_id: inputId,
    tenant,
    form,
    records,
    bytes,
    parts,
    created_at: new Date().toISOString(),
    ...(firstRounded !== undefined && { rounded: firstRounded }),
    ...(ofBatch && { batch: ofBatch }),
  };
  await putInputRecord(broker, record);
  return record;
}
