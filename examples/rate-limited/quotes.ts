/** Calls an API that allows so many calls a second: many wait at once, and all workers together keep to the rate. */
import { ComputeRefused, defineTask, items, RetryLater } from 'manyhands';
import { z } from 'zod';

export const quotes = defineTask({
  name: 'quotes',
  params: z.object({ perSec: z.number().positive().default(20) }),
  input: items(z.object({ url: z.url() })),
  concurrency: 50,
  attempts: 5,
  async compute({ url }, { params, signal, pace }) {
    await pace(new URL(url).host, { perSec: params.perSec });
    const answer = await fetch(url, { signal });
    if (answer.status === 404) throw new ComputeRefused('there is no such quote');
    if (answer.status === 429) throw new RetryLater('too many calls', Number(answer.headers.get('retry-after') ?? 1) * 1_000);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    return (await answer.json()) as { quote: number };
  },
});
