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

/** Submissions before the gateways take turns: open, signed in, signed in, open. */
const TURN = JOBS / 2;

export const submitRate: Workload = {
  name: `${JOBS.toLocaleString('en')} submissions over REST, ${CONNECTIONS} connections`,
  async run(system) {
    const open = { origin: await system.gateway(), headers: {} };
    const signedIn = await signIn(await system.gatewayWithAccounts());
    const turns: { gateway: Gateway; accepted: number; ms: number }[] = [];
    for (const gateway of [open, signedIn, signedIn, open]) {
      turns.push({ gateway, ...(await submitSome(gateway)) });
      await idle(system);
    }
    const rateOf = (of: Gateway): number => {
      const its = turns.filter(({ gateway }) => gateway === of);
      return its.reduce((sum, { accepted }) => sum + accepted, 0) / (its.reduce((sum, { ms }) => sum + ms, 0) / 1_000);
    };
    return {
      '202s/s': rateOf(open),
      'signed in 202s/s': rateOf(signedIn),
      'signed in share': rateOf(signedIn) / rateOf(open),
      'answered 503': turns.reduce((sum, { accepted }) => sum + TURN - accepted, 0),
    };
  },
};

interface Gateway {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** With an API key, which every request brings: each is looked up, and counts under the limit of submissions. */
async function signIn(origin: string): Promise<Gateway> {
  const send = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Record<string, string>> => {
    const answer = await fetch(`${origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  const account = { email: `bench-${Date.now()}@example.org`, password: 'correct horse battery staple' };
  const { access_token: token } = await send('/v1/auth/register', account);
  const { key } = await send('/v1/keys', { name: 'bench' }, { authorization: `Bearer ${token}` });
  return { origin, headers: { authorization: `Bearer ${key}` } };
}

async function submitSome({ origin, headers }: Gateway): Promise<{ accepted: number; ms: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let left = TURN;
  let accepted = 0;
  const { ms } = await timed(() =>
    Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (left-- > 0) if (await submitted(`${origin}/v1/jobs`, agent, headers)) accepted += 1;
      }),
    ),
  );
  agent.destroy();
  return { accepted, ms };
}

/** Resolves when nothing has waited for a slot for a while, so that the next workload has the machine. */
async function idle({ broker }: MeasuredSystem): Promise<void> {
  for (let quiet = 0; quiet < 4;) {
    await sleep(250);
    const { state } = await broker.manager.streams.info('WORK');
    quiet = state.messages === 0 ? quiet + 1 : 0;
  }
}

/** Whether it was accepted. Throws on any answer but 202 and 503. */
function submitted(url: string, agent: Agent, headers: Gateway['headers']): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length } },
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
