/** Whether what the page shows is the present. Figures are grey, clocks stand and nothing is green while it may be the past. */
import { bridge } from './bridge.svelte.ts';
import { readiness } from './cluster/readiness.svelte.ts';
import { freshnessOf, isPast } from './freshness.ts';

class FreshnessWatch {
  state = $derived(
    freshnessOf({
      connection: bridge.connection,
      everOpen: bridge.everOpen,
      attempts: bridge.attempts,
      verdict: bridge.verdict,
      current: bridge.current,
      renewing: bridge.renewing,
      natsAway: readiness.natsAwaySince !== null,
    }),
  );
  /** What is shown may be the past. */
  past = $derived(isPast(this.state));
}

export const freshness = new FreshnessWatch();
