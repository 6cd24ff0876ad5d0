/** Every limit there is on how often: whom it counts, the setting it has, and what a client is answered that reaches it. */
import type { Settings } from '@manyhands/proto/settings';

export interface LimitSpec {
  readonly setting: Extract<keyof Settings, `MANYHANDS_LIMIT_${string}`>;
  /** What is counted: "10 submissions in 60 s". */
  readonly what: string;
  /** By whom it is counted. A limit of users holds for those with an account alone. */
  readonly by: 'user' | 'address';
  /** Whether a request is let through that cannot be counted, because NATS does not answer. */
  readonly letsThrough?: true;
}

export const LIMITS = {
  submits: { setting: 'MANYHANDS_LIMIT_SUBMITS', what: 'submissions', by: 'user' },
  executions: { setting: 'MANYHANDS_LIMIT_EXECUTIONS', what: 'executions', by: 'user' },
  demo: { setting: 'MANYHANDS_LIMIT_DEMO', what: 'demo jobs', by: 'address' },
  'demo-reads': { setting: 'MANYHANDS_LIMIT_DEMO_READS', what: 'reads of demo jobs', by: 'address' },
  'share-reads': { setting: 'MANYHANDS_LIMIT_SHARE_READS', what: 'reads of shared jobs', by: 'address' },
  'sign-ins': { setting: 'MANYHANDS_LIMIT_SIGN_INS', what: 'tries to sign in', by: 'address' },
  registrations: { setting: 'MANYHANDS_LIMIT_REGISTRATIONS', what: 'tries to make an account', by: 'address' },
  address: { setting: 'MANYHANDS_LIMIT_ADDRESS', what: 'requests that are not signed in', by: 'address', letsThrough: true },
} as const satisfies Record<string, LimitSpec>;

/** How much one user may have at once; undefined: as much as there is room for. */
export interface QuotaSettings {
  readonly jobs: number | undefined;
  readonly chunks: number | undefined;
  readonly inputBytes: number | undefined;
  readonly schedules: number | undefined;
}

export type LimitName = keyof typeof LIMITS;
