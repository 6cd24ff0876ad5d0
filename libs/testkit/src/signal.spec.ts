import { describe, expect, it } from 'vitest';
import { createSignal } from './signal.ts';

describe('createSignal', () => {
  it('hands an emission to who waits for it', async () => {
    const signal = createSignal<number>();
    const waiting = signal.wait('done');
    signal.emit('done', 5);
    expect(await waiting).toBe(5);
  });

  it('keeps an emission until someone waits, and hands it out once', async () => {
    const signal = createSignal<number>();
    signal.emit('done', 1);
    signal.emit('done', 2);
    expect(await signal.wait('done')).toBe(1);
    expect(await signal.wait('done')).toBe(2);
    await expect(signal.wait('done', undefined, 1)).rejects.toThrow('no signal "done" within 1 ms; received: done ×2');
  });

  it('passes over what does not match', async () => {
    const signal = createSignal<number>();
    signal.emit('count', 1);
    const waiting = signal.wait('count', (value) => value > 2);
    signal.emit('count', 2);
    signal.emit('count', 3);
    expect(await waiting).toBe(3);
    expect(signal.count('count')).toBe(3);
  });

  it('says that nothing was heard', async () => {
    await expect(createSignal().wait('x', undefined, 1)).rejects.toThrow('received: nothing');
  });
});
