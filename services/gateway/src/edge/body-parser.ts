/**
 * Reads a JSON body and refuses what would arrive as something else: numbers that would be rounded, keys sent twice, keys that reach into prototypes.
 *
 * Invariant: what is returned is at most as large as the largest order (but for `items`, which are left as text), so whatever checks it further has little to do.
 */
import { limits } from '@manyhands/proto';
import { JsonFlaw, readJson } from './json-reader.ts';
import { badRequest, invalidFields, Problem } from './problem.ts';

/** What the largest order is as JSON without spaces: its params and everything around them, but for its items, which are read like an upload. */
const charsMax = limits.paramsBytesMax + 8 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** As `parseBody`; throws a 400 for bytes that are no UTF-8, of which a text would keep only a sign that something was there. */
export function readBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw badRequest('The body is not UTF-8, as JSON has to be; send it in that encoding.');
  }
  return parseBody(text);
}

/** Throws a 400 for what is no JSON or nested too deep, a 413 for what no order can hold, a 422 for what would be changed. An empty body is undefined. */
export function parseBody(text: string): unknown {
  try {
    // Some programs begin a text with a byte order mark, which is no part of it.
    return readJson(text.replace(/^\ufeff/, ''), { depthMax: limits.jsonDepthMax, charsMax, carried: 'items' });
  } catch (error) {
    throw error instanceof JsonFlaw ? refusalOf(error) : error;
  }
}

function refusalOf({ is, message, path }: JsonFlaw): Problem {
  const loc = ['body', ...path];
  switch (is) {
    case 'not JSON':
      return badRequest(`The body is not JSON (${message}); send an object like {"kind":"sum","params":{"n":10000}}.`);
    case 'too deep':
      return badRequest(
        `The body is nested deeper than ${limits.jsonDepthMax} arrays and objects, one inside the other; send it flatter.`,
      );
    case 'too much':
      return new Problem(
        413,
        `The body holds more than ${charsMax} characters, spaces not counted; params may be at most ${limits.paramsBytesMax} bytes as JSON. Send less, or split the work into several jobs.`,
      );
    case 'forbidden key':
      return badRequest(`The body holds the key "${message}", which is not allowed; take it out.`);
    case 'repeated key':
      return invalidFields([{ loc, msg: message, type: 'repeated_key' }]);
    case 'confusing key':
      return invalidFields([{ loc, msg: message, type: 'confusing_key' }]);
    case 'inexact number':
      return invalidFields([{ loc, msg: message, type: /^-?\d+ /.test(message) ? 'int_too_large' : 'inexact_number' }]);
  }
}
