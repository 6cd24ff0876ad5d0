/** One look at jobs through one gateway: by list, by id, by event stream, by WebSocket. Each throws when it is refused, or nothing comes. */
import type { JobView } from '@manyhands/proto';
import { readEvents } from '../../../sdk/src/event-reader.ts';

export type Look = (gateway: string, jobs: readonly string[], saw: (view: JobView) => void, lookMs: number) => Promise<void>;

const answerWithinMs = 4_000;

async function get<Answer>(url: string): Promise<Answer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
  return JSON.parse(text) as Answer;
}

export const LOOKS: Readonly<Record<'list' | 'id' | 'events' | 'socket', Look>> = {
  list: async (gateway, _jobs, saw) => (await get<{ jobs: JobView[] }>(`${gateway}/v1/jobs?limit=200`)).jobs.forEach(saw),

  id: async (gateway, jobs, saw) => {
    for (const job of jobs) saw(await get<JobView>(`${gateway}/v1/jobs/${job}`));
  },

  async events(gateway, jobs, saw, lookMs) {
    const over = AbortSignal.timeout(lookMs);
    await Promise.all(
      jobs.map(async (job) => {
        const answer = await fetch(`${gateway}/v1/jobs/${job}/events`, { signal: over });
        if (answer.status !== 200) throw new Error(`${answer.status}`);
        for await (const { event, data } of readEvents(answer.body!)) if (event === 'status') saw(JSON.parse(data) as JobView);
      }),
    ).catch((error: unknown) => {
      if (!over.aborted) throw error;
    });
  },

  async socket(gateway, _jobs, saw, lookMs) {
    const socket = new WebSocket(`${gateway.replace('http', 'ws')}/ws`);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => end(resolve), lookMs);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        socket.onmessage = socket.onclose = socket.onerror = null;
        socket.close();
        settle();
      };
      socket.onopen = () => socket.send(JSON.stringify({ do: 'subscribe', topic: 'jobs' }));
      socket.onclose = ({ code, reason }) => end(() => reject(new Error(`closed: ${code} ${reason}`)));
      socket.onerror = () => end(() => reject(new Error('no connection')));
      socket.onmessage = ({ data }) => {
        const [head, value] = String(data).split(/\n([^]*)/);
        if (head!.startsWith('{"topic":"jobs"') && value) saw(JSON.parse(value) as JobView);
      };
    });
  },
};

export type LookName = keyof typeof LOOKS;
