/** `manyhands doctor`: looks at everything that commonly keeps jobs from being computed. Exits with 1 when something does. */
import { ApiProblem } from '@manyhands/sdk';
import { EXIT } from '../exit.ts';
import { findings, type Finding, type Observed } from '../doctor/findings.ts';
import type { Session } from '../session.ts';

const answerWithinMs = 5_000;
const marks: Record<Finding['state'], string> = { ok: 'ok', warning: 'warning', wrong: 'WRONG' };

export async function run(session: Session): Promise<void> {
  const observed = await observe(session);
  const found = findings(observed);
  if (session.json) await session.printJson(found);
  else
    await session.printTable(
      [],
      found.map(({ state, what, detail }) => [marks[state], what, detail]),
      '',
    );
  const wrong = found.find(({ state }) => state === 'wrong');
  if (wrong) session.exitCode = wrong.what === 'gateway' ? EXIT.noAnswer : EXIT.failed;
}

/** What does not answer is undefined. */
async function observe(session: Session): Promise<Observed> {
  const { client, world } = session;
  const { url, by } = session.system;
  const signal = AbortSignal.any([world.interrupt, AbortSignal.timeout(answerWithinMs)]);
  const access: Pick<Observed, 'refused'> = {};
  const orNone = <Value>(asked: Promise<Value>): Promise<Value | undefined> =>
    asked.catch((error: unknown) => {
      if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) access.refused = error.status;
      return undefined;
    });
  const askedAtMs = Date.now();
  const date = await orNone(world.fetch(`${url}/healthz`, { signal }).then((answer) => answer.headers.get('date') ?? ''));
  const answeredAtMs = Date.now();
  const asked =
    date === undefined
      ? undefined
      : await Promise.all([
          orNone(client.ready({ signal })),
          orNone(client.kinds({ signal })),
          orNone(client.workers({ signal })),
          orNone(client.queues({ signal })),
        ]);
  const [readiness, kinds, workers, queues] = asked ?? [];
  return {
    url,
    by,
    node: process.versions.node,
    answers: date !== undefined,
    date,
    askedAtMs,
    answeredAtMs,
    readiness,
    kinds,
    workers,
    queues,
    ...access,
  };
}
