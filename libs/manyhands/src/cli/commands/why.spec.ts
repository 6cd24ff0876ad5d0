import { expect, it } from 'vitest';
import { jobId, run } from '../world.fixture.ts';

const profile = {
  job_id: jobId,
  status: 'completed',
  measured_sec: 4,
  parts: [
    { part: 'computing', sec: 3, what: 'computing' },
    { part: 'queued', sec: 1, what: 'waiting for the first slot' },
  ],
  cause: 'skewed_chunks',
  advice: 'Chunk 7 took 2.9 s: split it.',
  saved_by_slot_sec: 0,
  slots: { live: 2, used: 2, busy_sec: 3.5 },
  chunk_sec: { median: 0.1, p95: 0.1, longest: 2.9 },
  stragglers: [{ begin: 7, end: 8, worker: 'w1', slot: 0, began_sec: 1, took_sec: 2.9, times_median: 29 }],
  timeline: {
    stretch_sec: 1,
    rows: [
      { worker: 'w1', slot: 0, slots: 1, busy_sec: 2.9, chunks: 1, busy: [0, 1, 1, 0.9] },
      { worker: 'others', slot: 0, slots: 3, busy_sec: 0.6, chunks: 6, busy: [0, 0.2] },
    ],
  },
};
const answers = { [`GET /v1/jobs/${jobId}/profile`]: profile };

it('prints the sentence, where the time went, what each slot did, and what took longest', async () => {
  const { code, out } = await run(['why', jobId], { answers, tty: true });
  expect(code).toBe(0);
  expect(out).toBe(
    `Chunk 7 took 2.9 s: split it.

PART                        TIME   SHARE
computing                   3.0 s  75 %   ██████████████████
waiting for the first slot  1.0 s  25 %   ██████

SLOT                BUSY   CHUNKS  EACH LETTER 1.0 s
w1/0                2.9 s  1       | ███|
others (3 or more)  0.6 s  6       | ▂|

SLOWEST  SLOT  BEGAN AFTER  TOOK   A CHUNK
chunk 7  w1/0  1.0 s        2.9 s  29× the median
`,
  );
});

it('prints the answer as JSON, and that there is no such job', async () => {
  const { out } = await run(['why', jobId, '--json'], { answers });
  expect(JSON.parse(out)).toEqual(profile);
  expect(await run(['why', jobId])).toMatchObject({ code: 1, out: '' });
});
