import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { MailboxMessage } from '@manyhands/actor';
import { encode, limits, type ComputeLease, type JsonText } from '@manyhands/proto';
import { aLeaseComputed, aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import type { JobEffect } from './effects.ts';
import { jobBehaviour, type JobMessage } from './job.actor.ts';
import { ALONE } from '../scheduling/share.ts';
import type { JobState } from './state.ts';
import { viewOf } from './view.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const slots = 64;
const surroundings = { slotsOf: () => slots, shareOf: () => ALONE, paceOf: () => undefined };
const flaky = { code: 'compute_failed', message: 'flaky', retryable: true };

function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
/** A sequence that is the same each time. */
function* dice(): Generator<number, never> {
  for (let seed = 1; ;) {
    seed = (seed * 48_271) % 2_147_483_647;
    yield seed / 2_147_483_647;
  }
}

it.each([
  [undefined, 5],
  ['lines', 2],
] as const)(
  'a job of a million chunks, answered in any order with some of them failing, costs its coordinator little memory and its view less than 64 KB (output %s: %i MB)',
  (output, megabytesMax) => {
    const submit = aSubmitJob({ chunks: limits.chunkCountMax, max_attempts: 3, ...(output && { output }) });
    const { job_id } = submit;
    const random = dice();
    const chance = (): number => random.next().value;
    const open: ComputeLease[] = [];
    let state: JobState | null = null;
    let sequence = 0;
    let results = 0;
    const worst = { bytes: 0, viewBytes: 0, spans: 0 };
    const collect = (effects: readonly JobEffect[]): void =>
      void open.push(...effects.flatMap((effect) => (effect.do === 'publish_lease' ? [effect.lease] : [])));

    function take(message: JobMessage): void {
      const mail: MailboxMessage<JobMessage> = {
        actorId: job_id,
        sequence: (sequence += 1),
        storedAtMs: sequence * 20,
        redelivered: false,
        message,
      };
      const turn = jobBehaviour.decide(state, mail, surroundings);
      state = turn.state;
      collect(turn.effects);
    }
    function answer({ lease, task }: ComputeLease): void {
      if (task.op === 'merge') {
        const about = { op: 'merge' as const, inputs: task.inputs.map(({ id }) => id), attempt: task.attempt };
        if (output === 'lines') {
          const bytes = task.inputs.reduce((sum, input) => sum + (input.stored?.bytes ?? 0), 0);
          return take(
            aLeaseComputed({
              job_id,
              lease,
              about,
              partial: undefined,
              stored: { name: `o-${lease}-0123456789abcdef`, from: 0, bytes },
            }),
          );
        }
        return take(
          aLeaseComputed({
            job_id,
            lease,
            about,
            partial: task.inputs.reduce((sum, input) => sum + Number((input.partial as JsonText).text), 0),
          }),
        );
      }
      const { begin, end, attempt } = task;
      // Every other lease has a chunk in its middle that fails the first time, so that what is done falls into pieces.
      const failed = attempt === 0 && end - begin > 2 && chance() < 0.5 ? [{ chunk: (begin + end) >> 1, error: flaky }] : [];
      take(
        aLeaseComputed({
          job_id,
          begin,
          end,
          attempt,
          failed,
          ...linesOf(begin, end, failed[0]?.chunk, attempt),
          compute_ms: (end - begin) * 0.3,
          worker: `worker-${Math.floor(chance() * slots)}`,
        }),
      );
    }

    /** A kilobyte for each chunk, stored; otherwise how many there are. */
    function linesOf(begin: number, end: number, failed: number | undefined, attempt: number) {
      if (output !== 'lines') return { partial: end - begin - (failed === undefined ? 0 : 1) };
      const spans =
        failed === undefined
          ? [[begin, end]]
          : [
              [begin, failed],
              [failed + 1, end],
            ];
      const segments = spans.map(([from, to]): [number, number, number] => [from!, to!, 1_000 * (to! - from!)]);
      const bytes = segments.reduce((sum, [, , length]) => sum + length, 0);
      return { partial: undefined, segments, stored: { name: `o-${begin}-${end}-${attempt}-0123456789abcdef`, from: 0, bytes } };
    }

    const before = heldBytes();
    take(submit);
    while (open.length > 0 || state!.timerAtMs !== null) {
      if (open.length === 0) {
        take({ v: 1, type: 'TimerDue', job_id, timer: 'retry', at_ms: state!.timerAtMs! });
        continue;
      }
      const at = Math.floor(chance() * open.length);
      answer(open.splice(at, 1)[0]!);
      results += 1;
      if (state !== null && results % 50 === 0) {
        worst.viewBytes = Math.max(worst.viewBytes, encode(viewOf(state, slots)).length);
        worst.spans = Math.max(worst.spans, (state as JobState).done.spanCount);
        if (results % 1000 === 0) worst.bytes = Math.max(worst.bytes, heldBytes() - before);
      }
    }
    expect(state).toMatchObject({ status: 'completed', result: output === 'lines' ? null : String(limits.chunkCountMax) });
    expect(results).toBeLessThan(20_000);
    expect(worst.spans).toBeGreaterThan(100);
    expect(worst.bytes).toBeLessThan(megabytesMax * 1024 * 1024);
    expect(worst.viewBytes).toBeLessThan(64 * 1024);
  },
  60_000,
);

it('no chunk map takes more than 64 KB, whatever is done', () => {
  const submit = aSubmitJob({ chunks: limits.chunkCountMax });
  for (const step of [2, 3, 500, 501, 997]) {
    const done = Array.from({ length: Math.floor(limits.chunkCountMax / step) }, (_, index): [number, number] => [
      index * step,
      index * step + 1 + (index % (step - 1)),
    ]);
    const turn = jobBehaviour.decide(
      null,
      { actorId: submit.job_id, sequence: 1, storedAtMs: 1, redelivered: false, message: submit },
      surroundings,
    );
    const { chunks } = viewOf({ ...turn.state!, leases: [], done: ChunkSet.of(done) }, slots);
    expect(JSON.stringify(chunks).length).toBeLessThan(64 * 1024);
  }
});
