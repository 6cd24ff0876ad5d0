/** Holds the lines of one file against the rules of a batch, while it is uploaded. Pure. */
import { createHash } from 'node:crypto';
import { limits, LlmRequest, type LlmEndpoint } from '@manyhands/proto';
import { InputFlaw } from '../inputs/input-flaw.ts';

/** Longer names are remembered by their hash. */
const KEPT_CHARS_MAX = 64;

export class BatchLines {
  readonly #names = new Set<string>();
  readonly #requestsMax: number;
  #endpoint: LlmEndpoint | undefined;

  constructor(requestsMax: number = limits.batchRequestsMax) {
    this.#requestsMax = requestsMax;
  }

  /** What is wrong with a line, as the end of a sentence. Throws `InputFlaw` for one line too many. */
  readonly check = (value: unknown): string | undefined => {
    const read = LlmRequest.safeParse(value);
    if (!read.success) return flawOf(read.error.issues[0]!);
    const { custom_id: name, url } = read.data;
    this.#endpoint ??= url;
    if (url !== this.#endpoint)
      return `its url is ${url}, and that of the lines before it ${this.#endpoint}; all requests of a batch go to one address`;
    const kept = name.length > KEPT_CHARS_MAX ? createHash('sha256').update(name).digest('base64') : name;
    if (this.#names.has(kept)) return 'its custom_id is that of a line before it; give each request one of its own';
    if (this.#names.size >= this.#requestsMax)
      throw new InputFlaw(undefined, `a batch may have ${this.#requestsMax} requests at most; divide it into several`, true);
    this.#names.add(kept);
    return undefined;
  };

  /** Of all requests. Throws `InputFlaw` where there are none. */
  endpoint(): LlmEndpoint {
    if (this.#endpoint === undefined) throw new InputFlaw(undefined, 'there is no request in it; send one on each line');
    return this.#endpoint;
  }
}

function flawOf({ path, message }: { path: readonly PropertyKey[]; message: string }): string {
  const named = path.length === 0 ? 'it' : `its ${path.join('.')}`;
  return `${named} is not that of a request (${message}); a line is like {"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{…}}`;
}
