/** The metrics of a compute process, with what the clients of its threads have counted. */
import { BroadcastChannel } from 'node:worker_threads';
import { createRegistry, METRICS, type MetricRegistry } from '@manyhands/observe';
import { type Tally, TALLY_CHANNEL } from './tally.ts';

export function outsideMetrics(): { metrics: MetricRegistry; close(): void } {
  const metrics = createRegistry('compute', { processMetrics: true });
  const requests = metrics.counter(METRICS.outsideRequests);
  const opened = metrics.counter(METRICS.outsideBreakersOpened);
  const open = metrics.gauge(METRICS.outsideBreakersOpen);
  const channel = new BroadcastChannel(TALLY_CHANNEL);
  channel.onmessage = (message) => {
    const { kind, ended, opened: more, open: now } = (message as { data: Tally }).data;
    for (const [reason, count] of Object.entries(ended)) requests.inc({ kind, reason }, count);
    opened.inc({ kind }, more);
    open.set({ kind }, now);
  };
  (channel as unknown as { unref(): void }).unref();
  return { metrics, close: () => channel.close() };
}
