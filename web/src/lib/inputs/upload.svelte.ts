/**
 * Sends the input of a new job.
 *
 *   idle ──send──▶ sending ──stored──▶ idle, remembered          sending ──refused, no answer, stopped──▶ idle
 *
 * Invariant: what was stored is not sent again: the same file or text in the same form is the input that it became.
 */
import { createClient } from '@manyhands/sdk';
import type { InputForm } from '@manyhands/proto';
import { session } from '../account/session.svelte.ts';
import { signedFetch } from '../account/signed-fetch.ts';
import { fetchTelling } from './upload-fetch.ts';

export interface InputContent {
  content: File | string;
  form: InputForm;
  kind: string;
}

export class Upload {
  sending = $state(false);
  sent = $state(0);
  total = $state(0);

  #stored: { of: InputContent; id: string } | null = null;
  #stop: AbortController | null = null;

  /** Resolves with the id of the input. Rejects with `ApiProblem`, or when it is stopped. */
  async send(of: InputContent): Promise<string> {
    if (this.#stored && isSame(this.#stored.of, of)) return this.#stored.id;
    const stop = new AbortController();
    this.#stop = stop;
    this.sending = true;
    [this.sent, this.total] = [0, 0];
    const client = createClient({
      baseUrl: '',
      fetch: signedFetch(
        fetchTelling((sent, total) => ([this.sent, this.total] = [sent, total])),
        session,
      ),
    });
    try {
      const { input_id: id } = await client.upload(of.content, { form: of.form, kind: of.kind, signal: stop.signal });
      this.#stored = { of, id };
      return id;
    } finally {
      this.sending = false;
    }
  }

  stop(): void {
    this.#stop?.abort();
  }

  /** What was stored is not there any more: it is sent again. */
  forget(): void {
    this.#stored = null;
  }
}

function isSame(a: InputContent, b: InputContent): boolean {
  return a.content === b.content && a.form === b.form && a.kind === b.kind;
}
