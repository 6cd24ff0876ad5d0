/** JSON that was typed or read from a file: numbers are taken as the gateway takes them, exactly or not at all. Pure. */
import { exactNumber } from '@manyhands/proto/json-number';
import { usage } from '../exit.ts';

/** `name`: as it is called in sentences. Throws `SyntaxError` for what is no JSON, and a sentence for a number that would be rounded. */
export function exactJson(text: string, name: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const read = typeof value === 'number' && context?.source !== undefined ? exactNumber(context.source) : undefined;
    if (typeof read === 'string') throw usage(`${name}: ${read}.`);
    return value;
  }) as unknown;
}
