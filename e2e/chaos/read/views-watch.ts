/** Watches bucket jobs for the whole run and writes every revision it is told into the history. */
import { parseJobKey, type JobView } from '@manyhands/proto';
import { openBucket } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { sightOf } from '../load/clients.ts';
import type { History } from '../history.ts';

export async function watchViews(broker: Broker, history: History): Promise<{ stop(): Promise<void> }> {
  const jobs = await openBucket(broker, 'jobs');
  return jobs.watch('>', {
    entry({ key, value, revision }) {
      if (value === undefined || parseJobKey(key) === undefined) return;
      history.add({ what: 'revision', revision, ...sightOf(JSON.parse(Buffer.from(value).toString()) as JobView) });
    },
  });
}
