import { getResultsRecord, newNonce, readWhole, storeObject } from '@manyhands/broker';
import { ResultSegment, type ComputeLease, type MergeInput, type StoredRef, type SubmitJob } from '@manyhands/proto';
import { aRequeueJob, eventually } from '@manyhands/testkit';
import { mailboxSubjects } from '@manyhands/proto';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Answer } from './fake-worker.fixture.ts';
import { CoordinatorTest } from './running-coordinator.fixture.ts';
import { heuristics } from './scheduling/heuristics.ts';

let test: CoordinatorTest;
beforeAll(async () => {
  test = await CoordinatorTest.open();
});
afterEach(() => test.reset());
afterAll(() => test?.close());

const lineOf = (chunk: number): string => `{"line":${chunk}}\n`;
const refused = { code: 'compute_refused', message: 'there is no such picture', retryable: false };

/** Stores each lease's lines when `stores`, and joins lines as they come. */
function linesWorker(stores: boolean, isBad: (chunk: number) => boolean) {
  return async ({ job_id: owner, tenant, lease, task }: ComputeLease): Promise<Answer> => {
    const left = async (text: string): Promise<{ text: string } | { stored: StoredRef }> => {
      if (!stores) return { text };
      const name = `o-${lease}-${newNonce()}`;
      return {
        stored: { name, from: 0, bytes: await storeObject(test.broker, { tenant, owner, name }, new TextEncoder().encode(text)) },
      };
    };
    if (task.op === 'merge') {
      const texts = await Promise.all(task.inputs.map((input) => read({ tenant, job_id: owner }, input)));
      return { type: 'LeaseComputed', ...(await left(texts.join(''))) };
    }
    const segments: [number, number, number][] = [];
    let text = '';
    for (let chunk = task.begin; chunk < task.end; chunk += 1) {
      if (isBad(chunk)) continue;
      const last = segments.at(-1);
      const line = lineOf(chunk);
      text += line;
      if (last?.[1] === chunk) segments[segments.length - 1] = [last[0], chunk + 1, last[2] + line.length];
      else segments.push([chunk, chunk + 1, line.length]);
    }
    const failed = Array.from({ length: task.end - task.begin }, (_, at) => task.begin + at)
      .filter(isBad)
      .map((chunk) => ({ chunk, error: refused }));
    return {
      type: 'LeaseComputed',
      compute_ms: 10 * (task.end - task.begin),
      failed,
      ...(text !== '' && { ...(await left(text)), segments }),
    };
  };
}

async function read(
  { tenant, job_id: owner }: Pick<SubmitJob, 'tenant' | 'job_id'>,
  { text, stored }: Pick<MergeInput, 'text' | 'stored'>,
): Promise<string> {
  if (stored === undefined) return text!;
  return new TextDecoder().decode(await readWhole(test.broker, { tenant, owner, name: stored.name }, stored));
}

/** What the record of a job names, in order. */
async function resultsOf(job: SubmitJob): Promise<{ bytes: number; chunks: number; segments: ResultSegment[]; text: string }> {
  const { manifest, bytes, chunks } = (await getResultsRecord(test.broker, job.tenant, job.job_id))!;
  const lines = (await read(job, { stored: manifest })).split('\n').slice(0, -1);
  const segments = lines.map((line) => ResultSegment.parse(JSON.parse(line)));
  return { bytes, chunks, segments, text: (await Promise.all(segments.map((segment) => read(job, segment)))).join('') };
}

const textWithout = (chunks: number, isBad: (chunk: number) => boolean): string =>
  Array.from({ length: chunks }, (_, chunk) => (isBad(chunk) ? '' : lineOf(chunk))).join('');

describe('the lines of a job', () => {
  it.each([false, true])(
    'can be read in order when it is over, with the dead left out, and a requeue fills them (stored: %s)',
    async (stores) => {
      await test.startCoordinator();
      const kind = test.newKind();
      const bad = new Set([3, 4, 50, 199]);
      await test.startWorker(
        kind,
        linesWorker(stores, (chunk) => bad.has(chunk)),
      );
      const job = await test.submit({ kind, chunks: 200, output: 'lines', on_dead_chunk: 'continue' });
      const view = await test.ended(job.job_id);
      const expected = textWithout(200, (chunk) => bad.has(chunk));
      expect(view).toMatchObject({ status: 'completed', failed_chunks: 4, result: null, results: { bytes: expected.length } });
      const first = await resultsOf(job);
      expect(first).toMatchObject({ bytes: expected.length, chunks: 196, text: expected });
      for (const { begin, end } of first.segments) for (const chunk of bad) expect(chunk < begin || chunk >= end).toBe(true);

      bad.clear();
      await test.tell(mailboxSubjects.requeue(job.job_id, 1), aRequeueJob({ job_id: job.job_id }));
      await test.shown(job.job_id, ({ status, round }) => status === 'completed' && round === 1);
      expect(await resultsOf(job)).toMatchObject({ chunks: 200, text: textWithout(200, () => false) });
    },
  );

  it('are joined with their neighbours where there would be very many pieces, and are the same', async () => {
    const usual = heuristics.linesRunsMax;
    heuristics.linesRunsMax = 4;
    onTestFinished(() => void (heuristics.linesRunsMax = usual));
    await test.startCoordinator();
    const kind = test.newKind();
    const worker = await test.startWorker(
      kind,
      linesWorker(true, (chunk) => chunk === 7),
    );
    const job = await test.submit({ kind, chunks: 200, output: 'lines', on_dead_chunk: 'continue' });
    expect(await test.ended(job.job_id)).toMatchObject({ status: 'completed', completed_chunks: 199 });
    expect(await resultsOf(job)).toMatchObject({ text: textWithout(200, (chunk) => chunk === 7) });
    expect((await resultsOf(job)).segments.map(({ begin, end }) => [begin, end])).toEqual([
      [0, 7],
      [8, 200],
    ]);
    expect(worker.taken.filter(({ task }) => task.op === 'merge').every(({ output }) => output === 'lines')).toBe(true);
  });

  it('of a job that failed can be read too, and those of a cancelled one cannot', async () => {
    await test.startCoordinator();
    const kind = test.newKind();
    await test.startWorker(
      kind,
      linesWorker(false, (chunk) => chunk >= 100),
    );
    const failed = await test.submit({ kind, chunks: 200, output: 'lines', on_dead_chunk: 'continue', max_failed: { count: 9 } });
    const view = await test.ended(failed.job_id);
    expect(view).toMatchObject({
      status: 'failed',
      error: { code: 'compute_refused', message: expect.stringContaining('max_failed') },
    });
    const { text, bytes } = await resultsOf(failed);
    expect(view.results).toEqual({ bytes });
    expect(text.length).toBe(bytes);
    expect(textWithout(100, () => false)).toContain(text.slice(0, 100));

    const waiting = await test.submit({ kind: test.newKind(), chunks: 200, output: 'lines' });
    await test.tell(mailboxSubjects.cancel(waiting.job_id), {
      v: 1,
      type: 'CancelJob',
      job_id: waiting.job_id,
      tenant: waiting.tenant,
      requested_at: waiting.submitted_at,
    });
    expect((await test.ended(waiting.job_id)).results).toBeUndefined();
    expect(await getResultsRecord(test.broker, waiting.tenant, waiting.job_id)).toBeUndefined();
  });

  it('of no chunks are no lines, at once and without a worker', async () => {
    await test.startCoordinator();
    const lines = await test.submit({ kind: test.newKind(), chunks: 0, output: 'lines' });
    expect(await test.ended(lines.job_id)).toMatchObject({ status: 'completed', progress: 1, results: { bytes: 0 } });
    await eventually(async () => expect(await resultsOf(lines)).toMatchObject({ chunks: 0, text: '' }));
    const sum = await test.submit({ kind: test.newKind(), chunks: 0, empty: { sum: 0 } });
    expect(await test.ended(sum.job_id)).toMatchObject({ status: 'completed', result: { sum: 0 }, completed_chunks: 0 });
  });
});
