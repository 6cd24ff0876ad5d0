/** Bodies that are taken as they stand (submit.int.spec.ts sends each). The first is what `/reference` offers to send. */
export const jobExamples = {
  primes: { summary: 'Count primes', value: { kind: 'primes', params: { n: 200_000 }, chunks: 16, priority: 'high' } },
  bare: { summary: 'The bare form: the kind sum', value: { n: 10_000, chunks: 8 } },
  large: {
    summary: 'A number that is too large for JSON, as text',
    value: { kind: 'sum', params: { n: '1000000000000000000000000000000' } },
  },
  limits: {
    summary: 'With limits of its own',
    value: {
      kind: 'primes',
      params: { n: 1_000_000 },
      on_dead_chunk: 'continue',
      max_attempts: 5,
      soft_limit_sec: 10,
      hard_limit_sec: 12.5,
    },
  },
  later: { summary: 'Once, later', value: { kind: 'primes', params: { n: 200_000 }, run_at: '2027-01-31T06:30:00+01:00' } },
  weekdays: {
    summary: 'On weekdays at half past six in Berlin',
    value: { kind: 'primes', params: { n: 200_000 }, cron: '30 6 * * 1-5', time_zone: 'Europe/Berlin' },
  },
};
