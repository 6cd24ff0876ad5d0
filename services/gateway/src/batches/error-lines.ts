/** The error file of a batch: a line for each request without an answer. Pure but for the reading. */
import { EXPIRED_SENTENCE, lineId, readRefusal, type LlmLine } from '@manyhands/proto';
import type { UnansweredItem } from '../results/unanswered-items.ts';

/** `left`: why a request was not computed at all. */
export async function* errorLines(
  jobId: string,
  items: AsyncIterable<UnansweredItem>,
  left: { code: string; message: string },
): AsyncGenerator<Buffer, void> {
  for await (const { index, item, error } of items) {
    const line: LlmLine = { id: lineId(jobId, index), custom_id: nameIn(item), ...fateOf(error ?? left) };
    yield Buffer.from(`${JSON.stringify(line)}\n`);
  }
}

function fateOf({ code, message }: { code: string; message: string }): Pick<LlmLine, 'response' | 'error'> {
  if (message.endsWith(EXPIRED_SENTENCE)) return { response: null, error: { code: 'batch_expired', message: EXPIRED_SENTENCE } };
  const refusal = readRefusal(message);
  if (refusal === undefined) return { response: null, error: { code, message } };
  const { status, ...stated } = refusal;
  return {
    response: { status_code: status, request_id: '', body: { error: { ...stated, param: null, code: null } } },
    error: null,
  };
}

function nameIn(item: Buffer | undefined): string | null {
  if (item === undefined) return null;
  const { custom_id: name } = JSON.parse(item.toString()) as { custom_id?: unknown };
  return typeof name === 'string' ? name : null;
}
