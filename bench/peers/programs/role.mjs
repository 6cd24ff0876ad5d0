/**
 * The two roles of a peer's program, and what the bench says to them: `node <program> worker` and `node <program> client`.
 *
 * A client reads requests on stdin, a JSON line each, and answers each with a line:
 *
 *   {"chunks":8,"jobs":200,"atOnce":false}  →  {"totalMs":…,"jobMs":[…]}  or  {"error":"…"}
 *
 * Invariant: the time of a job is from before its first chunk is handed in until the client holds the number of chunks that were computed.
 */
import { createInterface } from 'node:readline';

/** `worker` starts one; `client` resolves with a function that runs one job and resolves with the chunks counted. */
export async function play({ worker, client }) {
  if (process.argv[2] === 'worker') {
    await worker();
    process.stdin.once('end', () => process.exit(0)).resume();
    return say('ready');
  }
  const runJob = await client();
  say('ready');
  for await (const line of createInterface({ input: process.stdin }))
    say(JSON.stringify(await answerTo(JSON.parse(line), runJob)));
  process.exit(0);
}

async function answerTo({ chunks, jobs, atOnce }, runJob) {
  const oneJob = async () => {
    const startedAtMs = performance.now();
    const counted = await runJob(chunks);
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
