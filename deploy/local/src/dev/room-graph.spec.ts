import { expect, test } from 'vitest';
import { isSource, roomOf, servicesUsing } from './room-graph.ts';

const rooms = [
  roomOf('proto', { name: '@m/proto', dependencies: { zod: '4' } }),
  roomOf('libs/actor', { name: '@m/actor' }),
  roomOf('libs/nats', { name: '@m/nats', dependencies: { '@m/proto': '1' } }),
  roomOf('libs/nest', { name: '@m/nest', peerDependencies: { '@m/nats': '1' } }),
  roomOf('services/gateway', { name: '@m/gateway', dependencies: { '@m/nest': '1' } }),
  roomOf('services/coordinator', { name: '@m/coordinator', dependencies: { '@m/nest': '1', '@m/actor': '1' } }),
  roomOf('services/compute', { name: '@m/compute', dependencies: { '@m/nats': '1' } }),
];

test('a change of a service is seen in its process alone, that of a library in all that are built from it', () => {
  expect(servicesUsing('@m/gateway', rooms)).toEqual(['gateway']);
  expect(servicesUsing('@m/actor', rooms)).toEqual(['coordinator']);
  expect(servicesUsing('@m/nest', rooms)).toEqual(['coordinator', 'gateway']);
  expect(servicesUsing('@m/proto', rooms)).toEqual(['compute', 'coordinator', 'gateway']);
  expect(servicesUsing('@m/sdk', rooms)).toEqual([]);
});

test('tests are no sources of what runs', () => {
  expect(['a.ts', 'b/c.json', 'sieve.wasm'].every(isSource)).toBe(true);
  expect(['a.spec.ts', 'a.int.spec.ts', 'a.fixture.ts', 'a.md', '.a.ts.swp', '4913'].some(isSource)).toBe(false);
});
