import { expect, it } from 'vitest';
import { OneEach } from './one-each.ts';

// Seen: who asked a hundred times while letters came had all others wait until a hundred answers were made.
it('lets who asks often wait once, and others wait for one of its answers', async () => {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const each = new OneEach<string>();
  const ask = (who: string) =>
    each.of(who, () => {
      begun.push(who);
      return new Promise<string>((resolve) => ends.push(() => resolve(`${who} ${begun.length}`)));
    });
  const first = ask('a');
  await Promise.resolve();
  expect(begun).toEqual(['a']);
  const again = Array.from({ length: 100 }, () => ask('a'));
  const other = ask('b');
  ends.shift()!();
  expect(await first).toBe('a 1');
  await expect.poll(() => begun).toEqual(['a', 'a']);
  ends.shift()!();
  expect(new Set(await Promise.all(again))).toEqual(new Set(['a 2']));
  await expect.poll(() => begun).toEqual(['a', 'a', 'b']);
  ends.shift()!();
  expect(await other).toBe('b 3');
});

it('goes on after what could not be made', async () => {
  const each = new OneEach<number>();
  const failed = each.of('a', () => Promise.reject(new Error('no')));
  const other = each.of('b', () => Promise.resolve(1));
  await expect(failed).rejects.toThrow('no');
  expect(await other).toBe(1);
});
