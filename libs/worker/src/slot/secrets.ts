/**
 * The secrets that the task code of this thread asked for: variables of the worker's environment.
 *
 * Invariant: the value of one that was asked for leaves the thread in no log line and no error; what the task code returns is its own affair.
 */
import type { ChunkFailure, KernelError, RunOutcome } from './slot-messages.ts';

const MASK = '***';

export class Secrets {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #values = new Set<string>();

  constructor(environment: Readonly<Record<string, string | undefined>> = process.env) {
    this.#environment = environment;
  }

  /** Without the end of line that files of secrets often have. Throws when it is not set: another worker may have it. */
  read(name: string): string {
    const value = this.#environment[name]?.replace(/(?<![\r\n])[\r\n]+$/, '');
    if (value === undefined || value === '')
      throw new Error(`the secret ${name} is not set in the environment of this worker; set it and start the worker again`);
    this.#values.add(value);
    return value;
  }

  mask(text: string): string {
    let masked = text;
    // The longest first: one may be a part of another.
    for (const value of [...this.#values].sort((one, other) => other.length - one.length))
      masked = masked.replaceAll(value, MASK).replaceAll(JSON.stringify(value).slice(1, -1), MASK);
    return masked;
  }

  maskOutcome(outcome: RunOutcome): RunOutcome {
    if (this.#values.size === 0 || outcome.is === 'cancelled') return outcome;
    const maskError = (error: KernelError): KernelError => ({ ...error, message: this.mask(error.message) });
    if (outcome.is === 'failed') return { is: 'failed', error: maskError(outcome.error) };
    return { ...outcome, failed: outcome.failed.map(({ chunk, error }): ChunkFailure => ({ chunk, error: maskError(error) })) };
  }
}
