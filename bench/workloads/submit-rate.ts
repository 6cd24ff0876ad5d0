/** Jobs accepted over REST: each 202 is a job that is stored. They are computed meanwhile, on the same cores. */
import { Agent, request } from 'node:http';
import { timed, type Workload } from '../workload.ts';

const JOBS = 4_000;
const CONNECTIONS = 64;
const body = JSON.stringify({ kind: 'noop', params: {}, chunks: 1 });

export const submitRate: Workload = {
  name: `${JOBS.toLocaleString('en')} submissions over REST, ${CONNECTIONS} connections`,
  async run(system) {
    const origin = await system.gateway();
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    let left = JOBS;
    const { ms } = await timed(() =>
      Promise.all(
        Array.from({ length: CONNECTIONS }, async () => {
          while (left-- > 0) await submitted(`${origin}/v1/jobs`, agent);
        }),
      ),
    );
    agent.destroy();
    return { '202s/s': JOBS / (ms / 1_000) };
  },
};

function submitted(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': body.length } }, (answer) => {
      answer.resume();
      answer.once('end', () => (answer.statusCode === 202 ? resolve() : reject(new Error(`answered ${answer.statusCode}`))));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
