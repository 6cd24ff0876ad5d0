import { expect, test } from 'vitest';
import { firstUsable, type Place } from './find.ts';
import { judge, type Look } from './probe.ts';

function place(name: string, look: Look): Place & { looked: number } {
  return {
    name,
    looked: 0,
    async look() {
      this.looked += 1;
      return look;
    },
  };
}

test('each kind of answer from a place is judged in one line', () => {
  expect(judge('PATH', 'nats-server', { missing: true })).toEqual({ problem: 'none on PATH', missing: true });
  expect(judge('cache', '/c/nats-server', { missing: true })).toEqual({ problem: 'none in the cache', missing: true });
  expect(judge('PATH', 'nats-server', { version: '2.9.10' })).toEqual({ problem: 'PATH has 2.9.10, too old (need 2.15)' });
  expect(judge('cache', '/c/nats-server', { broken: 'exec format error' })).toEqual({
    problem: 'cache has one that does not run: exec format error',
  });
  expect(judge('PATH', 'nats-server', { version: '2.15.2' })).toEqual({ program: 'nats-server', version: '2.15.2' });
});

test('the first usable place wins, the ones before it are explained, and the ones after it are never asked', async () => {
  const lines: string[] = [];
  const release = place('official release', { program: '/never', version: '2.15.2' });
  const found = await firstUsable(
    [
      place('PATH', { problem: 'PATH has 2.9.10, too old (need 2.15)' }),
      place('cache', { program: '/home/bin/nats-server', version: '2.15.3' }),
      release,
    ],
    (line) => lines.push(line),
  );
  expect(found).toEqual({ program: '/home/bin/nats-server', version: '2.15.3' });
  expect(lines).toEqual([
    'nats-server: PATH has 2.9.10, too old (need 2.15)',
    'nats-server: using 2.15.3 from cache (/home/bin/nats-server)',
  ]);
  expect(release.looked).toBe(0);
});

test('that a place has none is not said when one after it has', async () => {
  const lines: string[] = [];
  await firstUsable(
    [place('PATH', { problem: 'none on PATH', missing: true }), place('cache', { program: '/c', version: '2.15.3' })],
    (line) => lines.push(line),
  );
  expect(lines).toEqual(['nats-server: using 2.15.3 from cache (/c)']);
});

test('when no place has one, every place is explained', async () => {
  const lines: string[] = [];
  expect(
    await firstUsable([place('PATH', { problem: 'none on PATH' }), place('cache', { problem: 'none in the cache' })], (line) =>
      lines.push(line),
    ),
  ).toBeUndefined();
  expect(lines).toEqual(['nats-server: none on PATH', 'nats-server: none in the cache']);
});
