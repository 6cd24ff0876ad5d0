import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManyhandsError, newJobId } from '@manyhands/proto';
import type { OutgoingMessage, PublishOutcome } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { ResultDesk } from './result-desk.ts';

const log = createLogger('test', { level: 'silent' });
const job = newJobId();
const bytes = new Uint8Array();
const stored = { is: 'stored' };

/** An outbox whose publishes end as told, in order; then all are stored. */
function outbox(...endings: (Error | 'hold')[]) {
  const sent: OutgoingMessage[][] = [];
  let release: () => void = () => undefined;
  return {
    sent,
    release: () => release(),
    async publishAll(messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> {
      sent.push([...messages]);
      const ending = endings.shift();
      if (ending === 'hold') await new Promise<void>((resolve) => (release = resolve));
      if (ending instanceof Error) throw ending;
      return messages.map(() => 'stored');
    },
  };
}

describe('ResultDesk', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('publishes under the subject of the lease, only if nothing is stored there', async () => {
    const box = outbox();
    expect(await new ResultDesk(box, log).handIn(job, '0-1-0', bytes)).toEqual(stored);
    expect(box.sent[0]![0]).toMatchObject({
      subject: expect.stringMatching(`${job}.result.0-1-0$`) as string,
      expectLastSubjectSequence: 0,
    });
  });

  it('sends together what comes while others are on their way', async () => {
    const box = outbox('hold');
    const desk = new ResultDesk(box, log);
    const all = ['a', 'b', 'c', 'd'].map((lease) => desk.handIn(job, lease, bytes));
    box.release();
    expect(await Promise.all(all)).toEqual([stored, stored, stored, stored]);
    expect(box.sent.map((messages) => messages.length)).toEqual([1, 3]);
  });

  describe('of results that may wait for others', () => {
    it('sends what came in their time together', async () => {
      const box = outbox();
      const desk = new ResultDesk(box, log);
      const all = ['a', 'b', 'c'].map((lease) => desk.handIn(job, lease, bytes, 2));
      expect(box.sent).toEqual([]);
      await vi.advanceTimersByTimeAsync(2);
      expect(await Promise.all(all)).toEqual([stored, stored, stored]);
      expect(box.sent.map((messages) => messages.length)).toEqual([3]);
    });

    it('holds those that come while others are on their way for as long', async () => {
      const box = outbox('hold');
      const desk = new ResultDesk(box, log);
      const all = [desk.handIn(job, 'a', bytes), desk.handIn(job, 'b', bytes, 2)];
      box.release();
      await vi.advanceTimersByTimeAsync(0);
      all.push(desk.handIn(job, 'c', bytes, 2));
      await vi.advanceTimersByTimeAsync(2);
      expect(await Promise.all(all)).toEqual([stored, stored, stored]);
      expect(box.sent.map((messages) => messages.length)).toEqual([1, 2]);
    });

    it('sends all at once with one that may not wait, and when 32 are there', async () => {
      const box = outbox();
      const desk = new ResultDesk(box, log);
      await Promise.all([desk.handIn(job, 'a', bytes, 2), desk.handIn(job, 'b', bytes)]);
      await Promise.all(Array.from({ length: 32 }, (_, lease) => desk.handIn(job, `${lease}`, bytes, 2)));
      expect(box.sent.map((messages) => messages.length)).toEqual([2, 32]);
    });

    it('sends them when it is closed', async () => {
      const box = outbox();
      const desk = new ResultDesk(box, log);
      const handed = desk.handIn(job, 'a', bytes, 2);
      desk.close();
      expect(await handed).toEqual(stored);
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  it('tries again while the server is away', async () => {
    const box = outbox(new ManyhandsError('unavailable', 'away'), new ManyhandsError('unavailable', 'away'));
    const handed = new ResultDesk(box, log).handIn(job, 'a', bytes);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await handed).toEqual(stored);
    expect(box.sent).toHaveLength(3);
  });

  it('lets one message that will never be taken fail alone', async () => {
    const tooLarge = new ManyhandsError('too_large', 'too large');
    const box = outbox('hold', tooLarge, tooLarge);
    const desk = new ResultDesk(box, log);
    const handed = Promise.all(['a', 'b', 'c'].map((lease) => desk.handIn(job, lease, bytes)));
    box.release();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await handed).toEqual([stored, { is: 'refused', error: tooLarge }, stored]);
  });

  it('takes no more than a few megabytes on one way, and one message at least', async () => {
    const box = outbox('hold');
    const desk = new ResultDesk(box, log);
    const all = [1, 1, 900_000, 900_000, 900_000, 900_000, 900_000, 5_000_000, 1].map((size, lease) =>
      desk.handIn(job, `${lease}`, new Uint8Array(size)),
    );
    box.release();
    expect(await Promise.all(all)).toEqual(all.map(() => stored));
    expect(box.sent.map((messages) => messages.length)).toEqual([1, 5, 1, 1, 1]);
  });

  it('is full while results of so many bytes are not stored', async () => {
    const box = outbox(new ManyhandsError('unavailable', 'away'), new ManyhandsError('unavailable', 'away'));
    const desk = new ResultDesk(box, log, 1_000);
    const first = desk.handIn(job, 'a', new Uint8Array(600));
    expect(desk.isFull).toBe(false);
    const second = desk.handIn(job, 'b', new Uint8Array(400));
    expect(desk.isFull).toBe(true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await Promise.all([first, second])).toEqual([stored, stored]);
    expect(desk.isFull).toBe(false);
  });

  it('gives up when it is closed, and takes nothing more', async () => {
    const box = outbox(...Array.from({ length: 50 }, () => new ManyhandsError('unavailable', 'away')));
    const desk = new ResultDesk(box, log);
    const handed = desk.handIn(job, 'a', bytes);
    await vi.advanceTimersByTimeAsync(500);
    desk.close();
    expect(await handed).toEqual({ is: 'closed' });
    expect(await desk.handIn(job, 'b', bytes)).toEqual({ is: 'closed' });
  });
});
