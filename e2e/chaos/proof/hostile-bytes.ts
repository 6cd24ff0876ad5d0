/**
 * Results and params that hurt to read, through the real worker and, past it, straight into the mailbox: each job ends with exactly the bytes
 * of its result or with a reason, and its partition goes on.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { encode, isFinal, mailboxSubjects, type JobView } from '@manyhands/proto';
import { openBucket } from '@manyhands/broker';
import { longestStalls } from '../containment/stalls.ts';
import { STILL_MS_MAX, TURN_MS_MAX } from '../containment/promises.ts';
import { only } from '../history.ts';
import { Random } from '../../simulation/random.ts';
import { damaged, isReadable, READABLE, someJson, UNREADABLE } from './corpus.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

export interface BytesSize {
  /** Texts the fuzzer adds for each way in. */
  fuzzed: number;
}

/** `worker`: computed by the real worker. `params`: the same, given in the params. `foreign`: written to the mailbox by somebody else. */
type Through = 'worker' | 'params' | 'foreign';

export interface BytesCase {
  through: Through;
  text: string;
  /** The bytes of the result; null: there is none, so the job fails in words (or its params are refused). */
  right: string | null;
}

export interface BytesRun {
  cases: number;
  refused: number;
  completed: number;
  failed: number;
  broken: readonly string[];
  stillMsMax: number;
  turnMsMax: number;
}

export const BYTES: BytesSize = { fuzzed: 1_500 };
export const BYTES_SHORT: BytesSize = { fuzzed: 30 };
const foreignKind = 'foreign';
const knownTriesMax = 500;
const atOnce = 24;
const endWithinMs = 30_000;
const attempts = 3;
const paramsTextMax = 60_000;
const lookMs = 50;

/** Pure. */
export function bytesCases(random: Random, { fuzzed }: BytesSize): BytesCase[] {
  const whole = Array.from({ length: fuzzed }, () => someJson(random));
  const texts = [...READABLE, ...UNREADABLE, ...whole, ...whole.map((text) => damaged(random, text))];
  const foreign = texts.map((text): BytesCase => ({ through: 'foreign', text, right: isReadable(text) ? text.trim() : null }));
  const small = texts.filter((text) => Buffer.byteLength(JSON.stringify(text)) < paramsTextMax);
  return [
    ...foreign,
    ...small.map((text): BytesCase => ({ through: 'worker', text, right: computed(text) })),
    ...small.filter(isReadable).map((text): BytesCase => ({ through: 'params', text, right: computed(text) })),
  ];
}

/** What a kernel that reads the text gives: the same value written anew, unless JSON has no such number. */
function computed(text: string): string | null {
  if (!isReadable(text)) return null;
  const value: unknown = JSON.parse(text);
  const again = JSON.stringify(value);
  const isLost =
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'number' && !Number.isFinite(inner) ? 'lost' : inner)) !==
    again;
  return isLost ? null : again;
}

export function runBytes(
  size: BytesSize,
  seed: number,
  folder: string,
  say: (line: string) => void,
  planted?: ContainmentBugName,
): Promise<Verdict<BytesRun>> {
  return prove(
    'hostile-bytes',
    { computes: 1, slots: 2, ...(planted && { planted }) },
    seed,
    folder,
    (proof) => go(size, seed, proof, say),
    bytesBreaks,
  );
}

async function go(size: BytesSize, seed: number, proof: Proof, say: (line: string) => void): Promise<BytesRun> {
  const { broker, history } = proof;
  // A kind that nobody here computes: its results come from elsewhere.
  const kind = {
    v: 1,
    type: 'KindRegistration',
    kind: foreignKind,
    title: 'Foreign',
    description: 'Computed elsewhere.',
    params_schema: { type: 'object' },
    example: {},
    default_chunks: 1,
  };
  await (await openBucket(broker, 'kinds')).put(foreignKind, encode(kind));
  await untilKnown(proof);
  const cases = bytesCases(new Random(seed), size);
  const run = { cases: cases.length, refused: 0, completed: 0, failed: 0 };
  const broken: string[] = [];
  let next = 0;
  const taker = async (): Promise<void> => {
    for (let one = cases[next++]; one !== undefined; one = cases[next++]) {
      if (next % 500 === 0) say(`hostile-bytes: ${next} of ${cases.length}`);
      const outcome = await tryOne(proof, one);
      run[outcome.is] += 1;
      if (outcome.broken !== undefined)
        broken.push(`${one.through}: ${JSON.stringify(one.text.slice(0, 80))}: ${outcome.broken}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, taker));
  const stillMsMax = Math.max(0, ...longestStalls(history.entries, STILL_MS_MAX).map(({ forMs }) => forMs));
  return { ...run, broken, stillMsMax, turnMsMax: Math.max(0, ...only(history.entries, 'turn').map(({ ms }) => ms)) };
}

/** The gateway hears of a new kind a moment after it is stored. */
async function untilKnown({ gateways: [gateway] }: Proof): Promise<void> {
  for (let tries = 0; tries < knownTriesMax; tries += 1) {
    const kinds = await (await fetch(`${gateway}/v1/kinds`)).text();
    if (kinds.includes(`"kind":"${foreignKind}"`)) return;
    await wait(20);
  }
  throw new Error(`the gateway does not know kind ${foreignKind}`);
}

interface Outcome {
  is: 'refused' | 'completed' | 'failed';
  broken?: string;
}

async function tryOne(proof: Proof, one: BytesCase): Promise<Outcome> {
  const { through, text, right } = one;
  const posted = await post(proof, one);
  if ('refused' in posted) {
    const isFit = through === 'params' && posted.refused >= 400 && posted.refused < 500 && posted.says.includes('detail');
    return { is: 'refused', ...(!isFit && { broken: `its submit was answered with ${posted.refused} ${posted.says}` }) };
  }
  const view = through === 'foreign' ? await answerAsForeigner(proof, posted.job, text) : await ended(proof, posted.job);
  if (!isFinal(view.status)) return { is: 'failed', broken: `${posted.job} is still ${view.status}` };
  if (view.status === 'completed') {
    if (right === null) return { is: 'completed', broken: `${posted.job} is completed, although it has no answer` };
    const { bytes } = await viewOf(proof, posted.job);
    return {
      is: 'completed',
      ...(!bytes.includes(`"result":${right}`) && { broken: `${posted.job} does not hold the bytes of its result` }),
    };
  }
  const why = view.error?.message?.trim();
  if (!why) return { is: 'failed', broken: `${posted.job} is ${view.status}, and does not say why` };
  return { is: 'failed', ...(right !== null && { broken: `${posted.job} failed, although it has an answer: ${why}` }) };
}

async function post(
  { gateways: [gateway] }: Proof,
  { through, text }: BytesCase,
): Promise<{ job: string } | { refused: number; says: string }> {
  const params = through === 'foreign' ? '{}' : through === 'worker' ? JSON.stringify({ text }) : `{"value":${text}}`;
  const kind = through === 'foreign' ? foreignKind : 'mirror';
  const answer = await fetch(`${gateway}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"kind":"${kind}","params":${params},"chunks":1}`,
    signal: AbortSignal.timeout(15_000),
  });
  const says = await answer.text();
  return answer.status === 202
    ? { job: (JSON.parse(says) as { job_id: string }).job_id }
    : { refused: answer.status, says: says.slice(0, 300) };
}

/** Answers each attempt with the same, as soon as the one before was counted as a failure. */
async function answerAsForeigner(proof: Proof, job: string, text: string): Promise<JobView> {
  for (let attempt = 0; ; attempt += 1) {
    const head = `"v":1,"type":"LeaseComputed","job_id":"${job}","lease":"0-1-${attempt}","about":{"op":"compute","begin":0,"end":1,"attempt":${attempt}},"worker":"foreigner","slot":0,"delivery":1,"failed":[],"compute_ms":1`;
    const partial = `"partial":${text}`;
    const message = proof.random.chance(0.5) ? `{${head},${partial}}` : `{${partial},${head}}`;
    await proof.broker.jetstream.publish(mailboxSubjects.result(job, `0-1-${attempt}`), message);
    if (attempt === attempts - 1) return ended(proof, job);
    const { view } = await viewOf(proof, job, ({ status, retries }) => isFinal(status) || retries > attempt);
    // One that was not counted at all will not be counted later.
    if (isFinal(view.status) || view.retries <= attempt) return view;
  }
}

async function ended(proof: Proof, job: string): Promise<JobView> {
  return (await viewOf(proof, job, ({ status }) => isFinal(status))).view;
}

/** The view once it is so, or as it is after a while. */
async function viewOf(
  { gateways: [gateway] }: Proof,
  job: string,
  so: (view: JobView) => boolean = () => true,
): Promise<{ view: JobView; bytes: string }> {
  const deadline = performance.now() + endWithinMs;
  for (;;) {
    const answer = await fetch(`${gateway}/v1/jobs/${job}`, { signal: AbortSignal.timeout(15_000) });
    const bytes = await answer.text();
    const view = answer.status === 200 ? (JSON.parse(bytes) as JobView) : undefined;
    if (view !== undefined && (so(view) || performance.now() > deadline)) return { view, bytes };
    if (performance.now() > deadline) throw new Error(`${job} is answered with ${answer.status}`);
    await wait(lookMs);
  }
}

/** Pure. */
export function bytesBreaks({ broken, stillMsMax, turnMsMax }: BytesRun): string[] {
  return [
    ...broken,
    ...(stillMsMax <= STILL_MS_MAX ? [] : [`a partition stood still for ${stillMsMax} ms`]),
    ...(turnMsMax <= TURN_MS_MAX ? [] : [`a turn took ${turnMsMax} ms`]),
  ];
}

export function tellBytes(verdict: Verdict<BytesRun>): number {
  const { cases, refused, completed, failed, stillMsMax, turnMsMax } = verdict.run;
  return tellProof(
    'hostile-bytes',
    'each job ends with the bytes of its result, or with a reason',
    `${cases} texts: ${completed} jobs completed, ${failed} failed, ${refused} refused; longest stand-still ${stillMsMax} ms, longest turn told of ${turnMsMax} ms`,
    verdict,
  );
}
