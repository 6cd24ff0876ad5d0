/**
 * Jobs accepted over REST: each 202 is a job that is stored. They are computed meanwhile, on the same cores. A 503 (NATS was too slow to say whether
 * it stored the job) is counted apart, as a client would have to ask before it sends again.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MeasuredSystem } from '../system.ts';
import { timed } from '../timing.ts';
import type { Workload } from '../workload.ts';

const JOBS = 2_000;
const CONNECTIONS = 64;
const body = JSON.stringify({ kind: 'noop', params: {}, chunks: 1 });

export const submitRate: Workload = {
  name: `${JOBS.toLocaleString('en')} submissions over REST, ${CONNECTIONS} connections`,
  async run(system) {
    const origin = await system.gateway();
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    let left = JOBS;
    let accepted = 0;
    const { ms } = await timed(() =>
      Promise.all(
        Array.from({ length: CONNECTIONS }, async () => {
          while (left-- > 0) if (await submitted(`${origin}/v1/jobs`, agent)) accepted += 1;
        }),
      ),
    );
    agent.destroy();
    await idle(system);
    return { '202s/s': accepted / (ms / 1_000), 'answered 503': JOBS - accepted };
  },
};

/** Resolves when nothing has waited for a slot for a while, so that the next workload has the machine. */
async function idle({ broker }: MeasuredSystem): Promise<void> {
  for (let quiet = 0; quiet < 4;) {
    await sleep(250);
    const { state } = await broker.manager.streams.info('WORK');
    quiet = state.messages === 0 ? quiet + 1 : 0;
  }
}

/** Whether it was accepted. Throws on any answer but 202 and 503. */
function submitted(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': body.length } },
      (answer) => {
        let said = '';
        answer.setEncoding('utf8').on('data', (text: string) => (said += text));
        answer.once('end', () =>
          answer.statusCode === 202 || answer.statusCode === 503
            ? resolve(answer.statusCode === 202)
            : reject(new Error(`answered ${answer.statusCode}: ${said}`)),
        );
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
