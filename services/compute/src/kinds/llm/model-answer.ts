/** Reads what a model server answered. Pure. */
import { refusalSentence } from '@manyhands/proto';
import { readText } from '../../outside/text.ts';

const MESSAGE_CHARS_MAX = 400;
const TYPE = /^[\w.-]{1,64}$/;

/** Undefined for what is no JSON. */
export function answerOf(body: Uint8Array, type: string | undefined): unknown {
  try {
    return JSON.parse(readText(body, type)) as unknown;
  } catch {
    return undefined;
  }
}

/** The sentence for what is no answer: what the server itself states, as OpenAI writes it (`{"error":{"message","type"}}`), or the beginning of its text. */
export function refusalOf(status: number, answer: unknown, body: Uint8Array, base: string): string {
  const { error, detail } = (answer ?? {}) as { error?: unknown; detail?: unknown };
  const { message, type } = (typeof error === 'object' && error !== null ? error : { message: error ?? detail }) as {
    message?: unknown;
    type?: unknown;
  };
  const text = typeof message === 'string' && message !== '' ? message : readText(body.subarray(0, 4 * MESSAGE_CHARS_MAX));
  const { host } = new URL(base);
  const shown = text.replaceAll(base, 'the model server').replaceAll(host, 'the model server').replace(/\s+/g, ' ').trim();
  return refusalSentence({
    status,
    type: typeof type === 'string' && TYPE.test(type) ? type : null,
    message: shown === '' ? 'it gave no reason' : shown.slice(0, MESSAGE_CHARS_MAX),
  });
}
