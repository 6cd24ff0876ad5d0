import type { Delivery } from '@manyhands/nats';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LeaseKeeper } from './lease-keeper.ts';

function aDelivery(working: () => Promise<boolean>): Pick<Delivery, 'working'> & { working: ReturnType<typeof vi.fn> } {
  return { working: vi.fn(working) };
}

describe('LeaseKeeper', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function keep(delivery: Pick<Delivery, 'working'>) {
    const lost = vi.fn();
    const unconfirmed = vi.fn();
    const keeper = new LeaseKeeper(delivery, { ackWaitMs: 9_000, lost, unconfirmed, clock: () => Date.now() });
    return { keeper, lost, unconfirmed };
  }

  it('renews three times within each ack wait and stays held', async () => {
    const delivery = aDelivery(async () => true);
    const { keeper, lost } = keep(delivery);
    await vi.advanceTimersByTimeAsync(90_000);
    expect(delivery.working).toHaveBeenCalledTimes(30);
    expect(keeper.state).toBe('held');
    expect(lost).not.toHaveBeenCalled();
    keeper.release();
  });

  it('is unconfirmed exactly when the last confirmed renewal runs out, and goes on asking', async () => {
    let answers = 2;
    const delivery = aDelivery(async () => (answers -= 1) >= 0);
    const { keeper, lost, unconfirmed } = keep(delivery);
    await vi.advanceTimersByTimeAsync(6_000 + 8_999);
    expect(keeper.state).toBe('held');
    await vi.advanceTimersByTimeAsync(1);
    expect(keeper.state).toBe('unconfirmed');
    const asked = delivery.working.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(delivery.working).toHaveBeenCalledTimes(asked + 20);
    expect(unconfirmed).toHaveBeenCalledTimes(1);
    expect(lost).not.toHaveBeenCalled();
    keeper.release();
  });

  it('is held again once it is confirmed, and unconfirmed again later', async () => {
    let isThere = false;
    const { keeper, unconfirmed } = keep(aDelivery(async () => isThere));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(keeper.state).toBe('unconfirmed');
    isThere = true;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(keeper.state).toBe('held');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(keeper.state).toBe('held');
    isThere = false;
    await vi.advanceTimersByTimeAsync(12_000);
    expect(keeper.state).toBe('unconfirmed');
    expect(unconfirmed).toHaveBeenCalledTimes(2);
    keeper.release();
  });

  it('asks no more once whoever was told that it is unconfirmed let go of it', async () => {
    const delivery = aDelivery(async () => false);
    const keeper: LeaseKeeper = new LeaseKeeper(delivery, {
      ackWaitMs: 9_000,
      unconfirmed: () => keeper.release(),
      clock: () => Date.now(),
    });
    await vi.advanceTimersByTimeAsync(9_000);
    const asked = delivery.working.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(delivery.working).toHaveBeenCalledTimes(asked);
    expect(keeper.state).toBe('closed');
  });

  it('counts a confirmation from when the renewal was sent, not from when it was answered', async () => {
    let confirm: (confirmed: boolean) => void = () => undefined;
    const answers: (() => Promise<boolean>)[] = [() => new Promise((resolve) => (confirm = resolve)), async () => false];
    const { keeper } = keep(aDelivery(() => (answers.shift() ?? (async () => false))()));
    await vi.advanceTimersByTimeAsync(3_000);
    await vi.advanceTimersByTimeAsync(2_900);
    confirm(true);
    await vi.advanceTimersByTimeAsync(3_000 + 9_000 - 5_900 - 1);
    expect(keeper.state).toBe('held');
    await vi.advanceTimersByTimeAsync(1);
    expect(keeper.state).toBe('unconfirmed');
    keeper.release();
  });

  it('is lost when the process stood still while it asked, whatever the answer', async () => {
    let confirm: (confirmed: boolean) => void = () => undefined;
    const { keeper, lost } = keep(aDelivery(() => new Promise((resolve) => (confirm = resolve))));
    await vi.advanceTimersByTimeAsync(3_000);
    vi.setSystemTime(Date.now() + 20_000);
    confirm(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(keeper.state).toBe('lost');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lost).toHaveBeenCalledTimes(1);
  });

  it.each(['held', 'unconfirmed'])(
    'is lost at its next look when it was %s and the process stood still for an ack wait, without asking',
    async (state) => {
      const delivery = aDelivery(async () => state === 'held');
      const { keeper, lost } = keep(delivery);
      await vi.advanceTimersByTimeAsync(12_000);
      expect(keeper.state).toBe(state);
      delivery.working.mockClear();
      vi.setSystemTime(Date.now() + 20_000);
      await vi.advanceTimersByTimeAsync(3_000);
      expect(keeper.state).toBe('lost');
      expect(lost).toHaveBeenCalledTimes(1);
      expect(delivery.working).not.toHaveBeenCalled();
    },
  );

  it('stays closed once released: no renewal, no loss, whatever an open renewal answers', async () => {
    let confirm: (confirmed: boolean) => void = () => undefined;
    const delivery = aDelivery(() => new Promise((resolve) => (confirm = resolve)));
    const { keeper, lost } = keep(delivery);
    await vi.advanceTimersByTimeAsync(3_000);
    keeper.release();
    confirm(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(keeper.state).toBe('closed');
    expect(delivery.working).toHaveBeenCalledTimes(1);
    expect(lost).not.toHaveBeenCalled();
  });

  it('stays closed when released after it was lost', async () => {
    const { keeper } = keep(aDelivery(async () => false));
    vi.setSystemTime(Date.now() + 9_000);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(keeper.state).toBe('lost');
    keeper.release();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(keeper.state).toBe('closed');
  });
});
