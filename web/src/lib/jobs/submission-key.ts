/**
 * The Idempotency-Key of a form: sent again because no answer came, a submission is still one job.
 *
 * Invariant: two submissions have the same key only if they are equal. A form is left once its job is stored, so
 * wanting the same job twice takes a new form, and that has keys of its own.
 */
export class SubmissionKey {
  #body = '';
  #key = '';

  of(submission: object): string {
    const body = JSON.stringify(submission);
    if (body !== this.#body || this.#key === '') {
      this.#body = body;
      // Not `randomUUID`, which a browser has only over HTTPS.
      this.#key = [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(16).padStart(8, '0')).join('');
    }
    return this.#key;
  }
}
