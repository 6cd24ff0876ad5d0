/** Where the input of a submission comes from: the fields `input` and `items` of its body. Pure. */
import { InputId, JobId, JsonText } from '@manyhands/proto';
import type { FieldProblem } from '../edge/problem.ts';

/** Items as JSON text, an input that is stored, or the lines that another job left. */
export type InputSource = { items: JsonText } | { id: string } | { job: string };

export interface GivenInput {
  input?: unknown;
  items?: unknown;
}

/** Undefined when the body names none. */
export function readSource({ input, items }: GivenInput): { source?: InputSource; problems: FieldProblem[] } {
  if (items !== undefined && input !== undefined)
    return refused('items', 'must not be given together with "input"; send one of them', 'extra_forbidden');
  if (items instanceof JsonText) return { source: { items }, problems: [] };
  if (items !== undefined) return refused('items', 'must be an array', 'list_type');
  if (input === undefined) return { problems: [] };
  const id = InputId.safeParse(input);
  if (id.success) return { source: { id: id.data }, problems: [] };
  const job = JobId.safeParse((input as { job?: unknown } | null)?.job);
  if (job.success && Object.keys(input as object).length === 1) return { source: { job: job.data }, problems: [] };
  return refused(
    'input',
    'must be the id that POST /v1/inputs answers, or {"job":"<id>"} for the lines that a job left',
    'value_error',
  );
}

function refused(field: string, msg: string, type: FieldProblem['type']): { problems: FieldProblem[] } {
  return { problems: [{ loc: ['body', field], msg, type }] };
}
