import { expect, test } from 'vitest';
import { readinessOf } from './readiness.ts';

test('the answer of a gateway says ready, or what is missing', () => {
  expect(readinessOf('{"ready":true,"checks":{"nats":true,"coordinators":1,"workers":2}}')).toEqual({ state: 'ready' });
  expect(readinessOf('{"ready":false,"checks":{"nats":true,"coordinators":0,"workers":0}}')).toEqual({
    state: 'starting',
    missing: 'no coordinator, no worker',
  });
  expect(readinessOf('{"ready":false,"checks":{"nats":false,"coordinators":1,"workers":1}}')).toEqual({
    state: 'starting',
    missing: 'NATS does not answer',
  });
  expect(readinessOf('{"ready":false,"checks":{"nats":true,"storage":false,"coordinators":1,"workers":1}}')).toEqual({
    state: 'starting',
    missing: 'NATS stores nothing (is its disk full?)',
  });
  expect(readinessOf('{"ready":false}')).toEqual({ state: 'starting', missing: 'not ready' });
});

test('whatever else answers there is a stranger', () => {
  for (const body of ['<html>ready</html>', '', '{"status":"ok"}', 'null', '[true]', '"ready"'])
    expect(readinessOf(body)).toEqual({ state: 'stranger' });
});
