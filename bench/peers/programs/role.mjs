/**
 * The two roles of a peer's program, and what the bench says to them: `node <program> worker` and `node <program> client`.
 *
 * A client reads requests on stdin, a JSON line each, and answers each with a line:
 *
 *   {"chunks":8,"jobs":200,"atOnce":false}  →  {"totalMs":…,"jobMs":[…]}  or  {"error":"…"}
 *
 *   {"items":8,"bytes":1000}  →  {"totalMs":…}
 *
 * Invariant: the time of a job is from before its first chunk is handed in until the client holds the number of chunks that were computed.
 */
import { createInterface } from 'node:readline';

/**
 * `worker` starts one; `client` resolves with a function that runs one job and resolves with the chunks counted, or with that as `runJob` and with `runList`, which
 * resolves with what the worker returned for each item, in order.
 */
export async function play({ worker, client }) {
  if (process.argv[2] === 'worker') {
    await worker();
    process.stdin.once('end', () => process.exit(0)).resume();
    return say('ready');
  }
  const made = await client();
  const { runJob, runList } = typeof made === 'function' ? { runJob: made } : made;
  say('ready');
  for await (const line of createInterface({ input: process.stdin })) say(JSON.stringify(await answerToLine(JSON.parse(line))));
  process.exit(0);

  function answerToLine(asked) {
    return asked.items === undefined ? answerTo(asked, runJob) : answerToList(asked, runList);
  }
}

async function answerToList({ items, bytes }, runList) {
  const text = 'x'.repeat(bytes);
  const list = Array.from({ length: items }, (_, n) => ({ n, text }));
  const startedAtMs = performance.now();
  try {
    const lines = await runList(list);
    const totalMs = performance.now() - startedAtMs;
    const wrong = list.findIndex(({ n }) => lines[n]?.n !== n || lines[n].text.length !== bytes);
    return wrong === -1 && lines.length === items ? { totalMs } : { error: `line ${wrong} of ${lines.length} is wrong` };
  } catch (error) {
    return { error: String(error) };
  }
}

async function answerTo({ chunks, jobs, atOnce, waitMs }, runJob) {
  const oneJob = async () => {
    const startedAtMs = performance.now();
    const counted = await runJob(chunks, waitMs);
    if (counted !== chunks) throw new Error(`counted ${counted} of ${chunks} chunks`);
    return performance.now() - startedAtMs;
  };
  const startedAtMs = performance.now();
  try {
    const jobMs = [];
    if (atOnce) jobMs.push(...(await Promise.all(Array.from({ length: jobs }, oneJob))));
    else for (let job = 0; job < jobs; job += 1) jobMs.push(await oneJob());
    return { totalMs: performance.now() - startedAtMs, jobMs };
  } catch (error) {
    return { error: String(error) };
  }
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
