import { encode, limits, type ComputeLease, type WireError } from '@manyhands/proto';
import { aLeaseComputed, aLeaseFailed, aRequeueJob, aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from '../job/chunk-set.ts';
import { jobBehaviour, type JobMessage } from '../job/job.actor.ts';
import { ALONE } from '../scheduling/share.ts';
import type { Span } from '../job/spans.ts';
import { heldPartial } from '../job/held.ts';
import { assertWhole, moved, submittedJob, withAllWaiting, type JobState } from '../job/state.ts';
import type { Waiting } from '../job/waiting.ts';
import { jobStateCodec, jobStateJson, leavesPartialsOut, SNAPSHOT_BYTES_MAX } from './job-state-codec.ts';

const surroundings = { slotsOf: () => 4, shareOf: () => ALONE, paceOf: () => undefined };
const nowhere = async (): Promise<undefined> => undefined;

/** As it is stored: `{v, type, sequence, state}`. */
function stored(job: JobState): { bytes: Uint8Array; json: unknown } {
  const bytes = encode({ v: 2, type: 'JobState', sequence: Number.MAX_SAFE_INTEGER, state: jobStateCodec(nowhere).toJson(job) });
  return { bytes, json: (JSON.parse(new TextDecoder().decode(bytes)) as { state: unknown }).state };
}

/** Written, measured, and read again. `kept`: what the mailbox still holds. */
async function again(job: JobState, kept: (id: string) => string | undefined = () => undefined): Promise<JobState> {
  const { bytes, json } = stored(job);
  expect(bytes.length).toBeLessThanOrEqual(SNAPSHOT_BYTES_MAX);
  return (await jobStateCodec(async (_jobId, id) => kept(id)).fromJson(json))!;
}

/** What an owner goes on from, be it the one that saved or the next. */
const essence = (job: JobState) => ({ ...withAllWaiting(job), failures: [], letters: [] });

/** A sequence that is the same each time. */
function diceFrom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const long = 'ü"\n\u0001'.repeat(450);
const boom: WireError = { code: 'compute_failed', message: long, retryable: true };

describe('a state that a job came to', () => {
  const given = fc.record({
    chunks: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 3_000 })),
    failing: fc.constantFrom(0, 0.1, 0.9),
    lost: fc.constantFrom(0, 0.2),
    steps: fc.nat(80),
    partialBytes: fc.constantFrom(1, 100, 60_000),
    seed: fc.nat(),
  });

  it('comes back as it was, within the budget, at any time', async () => {
    await fc.assert(
      fc.asyncProperty(given, async ({ chunks, failing, lost, steps, partialBytes, seed }) => {
        const dice = diceFrom(seed);
        const submit = aSubmitJob({ chunks, on_dead_chunk: 'continue', max_attempts: 1 + Math.floor(dice() * 4) });
        const mailbox = new Map<string, string>();
        const open: ComputeLease[] = [];
        let state: JobState | null = null;
        let sequence = 0;
        const take = (message: JobMessage): void => {
          const turn = jobBehaviour.decide(
            state,
            { actorId: submit.job_id, sequence: (sequence += 1), storedAtMs: 1_000 + sequence * 40, redelivered: false, message },
            surroundings,
          );
          state = turn.state;
          open.push(...turn.effects.flatMap((effect) => (effect.do === 'publish_lease' ? [effect.lease] : [])));
        };
        take(submit);
        for (let step = 0; step < steps && open.length > 0; step += 1) {
          const [{ lease, task }] = open.splice(Math.floor(dice() * open.length), 1) as [ComputeLease];
          const partial = 'p"'.repeat(Math.ceil((dice() * partialBytes) / 2));
          mailbox.set(lease, JSON.stringify(partial));
          if (task.op === 'merge')
            take(
              aLeaseComputed({
                job_id: submit.job_id,
                lease,
                about: { op: 'merge', inputs: task.inputs.map(({ id }) => id), attempt: task.attempt },
                partial,
              }),
            );
          else if (dice() < lost)
            take(aLeaseFailed({ job_id: submit.job_id, lease, begin: task.begin, end: task.end, attempt: task.attempt }));
          else {
            const failed = Array.from({ length: task.end - task.begin }, (_, at) => task.begin + at)
              .filter(() => dice() < failing)
              .map((chunk) => ({ chunk, error: boom }));
            take(
              aLeaseComputed({
                job_id: submit.job_id,
                lease,
                begin: task.begin,
                end: task.end,
                attempt: task.attempt,
                failed,
                partial: failed.length < task.end - task.begin ? partial : undefined,
                compute_ms: 0.01,
              }),
            );
          }
        }
        expect(essence(await again(state!, (id) => mailbox.get(id)))).toEqual(essence(state!));
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

const whole = (chunks: number, given: Partial<JobState> = {}): JobState => ({
  ...moved(submittedJob(aSubmitJob({ chunks, params: { text: 'x'.repeat(limits.paramsBytesMax - 20) } }), 1_000), 'running'),
  ...given,
});
const spansWhere = (is: (chunk: number) => boolean): Span[] =>
  Array.from({ length: limits.chunkCountMax }, (_, chunk): Span => [chunk, chunk + 1]).filter(([chunk]) => is(chunk));

/** A million chunks, each at random done, dead or waiting in one of these groups. */
function scattered(groups: Waiting): JobState {
  const dice = diceFrom(7);
  const kinds = groups.length + 2;
  const sets = ChunkSet.byNumber(Uint8Array.from({ length: limits.chunkCountMax }, () => Math.floor(dice() * kinds)));
  const chunksOf = (kind: number) => sets.get(kind)!;
  return whole(limits.chunkCountMax, {
    done: chunksOf(0),
    dead: chunksOf(1),
    waiting: groups.map((group, index) => ({ ...group, chunks: chunksOf(index + 2) })),
  });
}

describe('a million chunks', () => {
  it('alternating, or a tenth of them anywhere, come back in no time', async () => {
    for (const is of [(chunk: number) => chunk % 2 === 0, (chunk: number) => (chunk * 2_654_435_761) % 10 < 1]) {
      const dead = ChunkSet.of(spansWhere(is));
      const job = whole(limits.chunkCountMax, { done: ChunkSet.of([[0, limits.chunkCountMax]]).minus(dead), dead, waiting: [] });
      const { bytes } = stored(job);
      expect(bytes.length).toBeLessThan(400 * 1024);
      expect(essence(await again(job))).toEqual(essence(job));
    }
  }, 60_000);

  it('scattered over ten attempts come back as they were', async () => {
    const job = scattered(Array.from({ length: 10 }, (_, index) => ({ attempt: 9 - index, chunks: ChunkSet.NONE })));
    expect(essence(await again(job))).toEqual(essence(job));
  }, 60_000);

  it('scattered over hundreds of times come back with later times, and each at its attempt', async () => {
    const groups = Array.from({ length: 120 }, (_, index) => ({
      attempt: 2 - (index % 2),
      notBeforeMs: 100 + 100 * index,
      chunks: ChunkSet.NONE,
    })).sort((one, other) => other.attempt - one.attempt || one.notBeforeMs - other.notBeforeMs);
    const job = scattered(groups);
    const back = await again(job);
    assertWhole(back);
    expect(back.waiting.map(({ attempt, notBeforeMs }) => [attempt, notBeforeMs])).toEqual([
      [2, 11_900],
      [1, 12_000],
    ]);
    const at = (state: JobState, attempt: number) =>
      state.waiting.filter((group) => group.attempt === attempt).reduce((all, { chunks }) => all.union(chunks), ChunkSet.NONE);
    for (const attempt of [1, 2]) expect(at(back, attempt)).toEqual(at(job, attempt));
  }, 60_000);

  it('scattered over hundreds of attempts begin anew, in the next round', async () => {
    const back = await again(
      scattered(Array.from({ length: 240 }, (_, index) => ({ attempt: 16 * (240 - index), chunks: ChunkSet.NONE }))),
    );
    assertWhole(back);
    expect(back).toMatchObject({
      round: 1,
      status: 'running',
      done: ChunkSet.NONE,
      waiting: [{ attempt: 16, chunks: ChunkSet.of([[0, limits.chunkCountMax]]) }],
    });
  }, 60_000);
});

describe('partials', () => {
  const texts = [1, 200_000, 300_000, 400_000].map((length, index) =>
    JSON.stringify(Array.from({ length: Math.ceil(length / 16) }, (_, at) => (Math.sin(index * 1e6 + at) * 1e16).toFixed(0))),
  );
  const held = texts.map((text, index) => heldPartial(`${index}-${index + 1}-0`, text));
  const job = whole(5, { done: ChunkSet.of([[0, 4]]), waiting: [{ attempt: 0, chunks: ChunkSet.of([[4, 5]]) }], partials: held });

  it('that do not fit are read again from where they were stored', async () => {
    const { partials } = jobStateJson(job);
    expect(partials.map(({ partial, packed }) => partial !== undefined || packed !== undefined)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(leavesPartialsOut(job)).toBe(true);
    const asked: string[] = [];
    expect(essence(await again(job, (id) => (asked.push(id), held.find((one) => one.id === id)?.partial)))).toEqual(essence(job));
    expect(asked).toEqual(['3-4-0']);
  });

  it('that are stored nowhere any more are computed anew with everything else, under other ids', async () => {
    const back = await again(job);
    assertWhole(back);
    expect(back).toMatchObject({
      status: 'running',
      round: 1,
      done: ChunkSet.NONE,
      partials: [],
      waiting: [{ attempt: 16, chunks: ChunkSet.of([[0, 5]]) }],
    });
  });

  it('of a job that failed are not needed until it is requeued, and then all runs again', async () => {
    const failed = { ...moved(job, 'failed'), error: { code: 'compute_failed', message: 'boom', retryable: false } };
    const back = await again(failed);
    expect(back).toMatchObject({ status: 'failed', round: 0, error: failed.error, done: ChunkSet.NONE });
    const { state } = jobBehaviour.decide(
      back,
      { actorId: '', sequence: 1, storedAtMs: 2_000, redelivered: false, message: aRequeueJob({ job_id: job.submit.job_id }) },
      surroundings,
    );
    assertWhole(state!);
    expect(state).toMatchObject({ status: 'running', round: 1, done: ChunkSet.NONE });
  });

  it('the largest result of a job with gaps stays with it, whatever it holds', async () => {
    const dead = ChunkSet.of(spansWhere((chunk) => (chunk * 48_271) % 7 === 1));
    for (const result of [JSON.stringify('"'.repeat((limits.partialBytesMax - 2) / 2)), texts[3]!]) {
      const done = ChunkSet.of([[0, limits.chunkCountMax]]).minus(dead);
      const gaps: JobState = {
        ...moved(whole(limits.chunkCountMax, { done, dead, waiting: [], partials: [heldPartial('m', result)] }), 'completed'),
        result,
      };
      expect(leavesPartialsOut(gaps)).toBe(false);
      expect(await again(gaps)).toMatchObject({ status: 'completed', result, partials: [{ partial: result }] });
    }
  }, 60_000);
});

it('failures and letters are trimmed to what there is room for, the newest stay', async () => {
  const letters = Array.from({ length: 100 }, (_, index) => ({
    bytes: 10_000,
    letter: {
      v: 1 as const,
      type: 'DeadChunk' as const,
      job_id: '',
      tenant: '',
      kind: '',
      begin: index,
      end: index + 1,
      round: 0,
      error: { ...boom, message: 'x'.repeat(9_800) },
      runs: [],
      died_at: '',
    },
  }));
  const back = await again(whole(200, { letters, letterCount: 100 }));
  expect(back.letters.length).toBeLessThan(100);
  expect(back.letters.at(-1)).toEqual(letters.at(-1));
  expect(back.letterCount).toBe(100);
});

it('what no state looks like is not read', async () => {
  const codec = jobStateCodec(nowhere);
  for (const json of [{}, 7, null, { ...jobStateJson(whole(2_000)), chunks: { waiting: [], map: 'AAAA' } }])
    await expect((async () => codec.fromJson(json))()).rejects.toThrow();
});
