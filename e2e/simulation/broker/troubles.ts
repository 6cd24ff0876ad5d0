/**
 * Operations of the simulated broker that fail for one job and for nobody else: as often as was said, or for good.
 *
 * Invariant: nothing is stored, or read, by an operation that fails here.
 */
import { JetStreamApiError } from '@nats-io/jetstream';

export interface AskedFor {
  subject: string;
  data?: Uint8Array;
  /** A reading of what is stored last under the subject. */
  isRead?: boolean;
}

export interface PlannedFailure {
  concerns(asked: AskedFor): boolean;
  /** Failures left. */
  left: number;
  error: 'unknown' | 'full';
}

/** What an error says that nobody has a name for. */
export const TROUBLE = 'something of which nobody has heard';

const ERRORS = {
  unknown: { code: 500, err_code: 10_999, description: TROUBLE },
  full: { code: 503, err_code: 10_077, description: 'maximum bytes exceeded' },
} as const;

export class Troubles {
  /** How often something failed. */
  count = 0;
  readonly #planned: PlannedFailure[] = [];

  plan(failure: PlannedFailure): void {
    this.#planned.push(failure);
  }

  /** Throws `JetStreamApiError` when it is to fail. */
  check(asked: AskedFor): void {
    for (const planned of this.#planned) {
      if (planned.left <= 0 || !planned.concerns(asked)) continue;
      planned.left -= 1;
      this.count += 1;
      throw new JetStreamApiError(ERRORS[planned.error]);
    }
  }
}
