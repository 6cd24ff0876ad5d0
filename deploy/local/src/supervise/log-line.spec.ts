import { expect, test } from 'vitest';
import { isWorthShowing, renderLogLine } from './log-line.ts';

test('plain lines keep their text behind the name', () => {
  expect(renderLogLine('compute', 'hello', false)).toBe('compute     | hello');
});

test('a JSON log entry becomes its message and the fields that matter', () => {
  const entry = JSON.stringify({
    level: 'info',
    time: '2026-01-01T00:00:00Z',
    pid: 7,
    service: 'gateway',
    message: 'listening',
    port: 8000,
    note: 'two words',
  });
  expect(renderLogLine('gateway', entry, false)).toBe('gateway     | listening port=8000 note="two words"');
});

test('warnings and errors say so, and an error keeps its stack', () => {
  const entry = JSON.stringify({ level: 'error', message: 'turn failed', err: { message: 'm', stack: 'Error: m\n    at x' } });
  expect(renderLogLine('coordinator', entry, false)).toBe('coordinator | ERROR turn failed\nError: m\n    at x');
});

test('a line that only looks like JSON is left alone', () => {
  expect(renderLogLine('x', '{"level":"info",', false)).toContain('{"level":"info",');
  expect(renderLogLine('x', '{"a":1}', false)).toContain('{"a":1}');
});

test('each service has its colour, numbered ones the colour of their service', () => {
  expect(renderLogLine('compute-2', 'x', true)).toBe('\u001b[32mcompute-2  \u001b[0m | x');
});

test('of nats-server only what is wrong is shown', () => {
  expect(isWorthShowing('nats-server', '[12] 2026/01/01 00:00:00.0 [INF] Server is ready')).toBe(false);
  expect(isWorthShowing('nats-server', '[12] 2026/01/01 00:00:00.0 [ERR] disk full')).toBe(true);
  expect(
    isWorthShowing(
      'nats-server',
      '[1] 2026/01/01 00:00:00.0 [WRN] Filestore [KV_stats] Stream state outdated, last block has additional entries, will rebuild',
    ),
  ).toBe(false);
  expect(
    isWorthShowing(
      'nats-server',
      "[1] 2026/01/01 00:00:00.0 [ERR] JetStream failed to store a msg on stream '$G > MAILBOX': write /s/1.blk: no space left on device",
    ),
  ).toBe(false);
  expect(isWorthShowing('nats-server', '[1] 2026/01/01 00:00:00.0 [WRN] JetStream resource limits exceeded for server')).toBe(
    true,
  );
  expect(isWorthShowing('nats-server', '[1] 2026/01/01 00:00:00.0 [WRN] Plaintext passwords detected, use nkeys or bcrypt')).toBe(
    false,
  );
  expect(isWorthShowing('nats-server', 'nats-server: /c.conf:1:1: parse error')).toBe(true);
  expect(isWorthShowing('gateway', '[12] [INF] hello')).toBe(true);
});
