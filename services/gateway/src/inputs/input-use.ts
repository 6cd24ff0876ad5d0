/** How the chunks of a job are cut from its input: decided by the input and by what its kind registered. Pure. */
import type { InputForm, InputRecord, InputRef, KindRegistration } from '@manyhands/proto';
import { badRequest, invalidFields } from '../edge/problem.ts';

type Taken = NonNullable<KindRegistration['input']>['form'];

/** In which forms what a kind takes may have been sent. */
const sentAs: Readonly<Record<Taken, readonly InputForm[]>> = {
  items: ['ndjson', 'json', 'lines', 'csv'],
  ndjson: ['ndjson', 'json'],
  json: ['json', 'ndjson'],
  lines: ['lines'],
  csv: ['csv'],
  table: ['table', 'ndjson', 'json', 'csv'],
  bytes: ['bytes'],
};

/** The form of what is sent for a kind, where the kind decides it. */
export function formFor({ input }: KindRegistration, stated: InputForm | undefined): InputForm | undefined {
  if (input === undefined || input.form === 'items') return undefined;
  // It reads CSV itself, as it was sent.
  if (input.form === 'table' && stated === 'csv') return 'table';
  return stated !== undefined && sentAs[input.form].includes(stated) ? stated : sentAs[input.form][0];
}

/** Whether a kind is handed records as values, and not the bytes that they are in. */
export function readsRecords({ input }: KindRegistration): boolean {
  return input !== undefined && input.form !== 'table' && input.form !== 'bytes';
}

export interface InputUse {
  input: InputRef;
  chunks: number;
}

/** Throws 400 for an input in a form that the kind does not take, and 422 for a kind that takes none. */
export function useOf(
  record: Pick<InputRecord, 'input_id' | 'form' | 'records'> & { parts: readonly unknown[] },
  { kind, input: taken }: KindRegistration,
): InputUse {
  if (taken === undefined) throw takesNone(kind);
  if (!sentAs[taken.form].includes(record.form))
    throw badRequest(
      `Kind ${kind} takes ${sentAs[taken.form].join(' or ')}, and this input was sent as ${record.form}. Send it again as that, with POST /v1/inputs?kind=${kind}.`,
    );
  const ref = { id: record.input_id, records: record.records };
  if (taken.form !== 'items') return { input: { ...ref, by: 'part' }, chunks: record.parts.length };
  const { batch } = taken;
  return {
    input: { ...ref, by: 'record', ...(batch !== undefined && { batch }) },
    chunks: Math.ceil(record.records / (batch ?? 1)),
  };
}

export function takesNone(kind: string) {
  return invalidFields([
    { loc: ['body', 'input'], msg: `kind ${kind} takes no input; leave out "input" and "items"`, type: 'extra_forbidden' },
  ]);
}

export function needsOne(kind: string) {
  return invalidFields([
    {
      loc: ['body', 'input'],
      msg: `field required: the chunks of kind ${kind} are cut from an input; send "items": […], or "input" with the id that POST /v1/inputs answers`,
      type: 'missing',
    },
  ]);
}
