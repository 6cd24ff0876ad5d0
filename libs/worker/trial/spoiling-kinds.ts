/** Kinds whose task code changes what JavaScript comes with, for tests. */
import { parentPort } from 'node:worker_threads';
import { defineTask } from '../src/task.ts';

// As modules do that take every thread for their own.
parentPort?.postMessage('ready');
parentPort?.postMessage(null);

const spoilers: Record<string, () => void> = {
  nothing: () => undefined,
  push: () => void (Array.prototype.push = () => 0),
  map: () => void (Array.prototype.map = () => []),
  get: () => void (Map.prototype.get = () => undefined),
  json: () => void Object.defineProperty(Object.prototype, 'toJSON', { value: () => 'another', configurable: true }),
  property: () => void ((Object.prototype as { extra?: number }).extra = 1),
  wrapped() {
    const { stringify } = JSON;
    JSON.stringify = (...values: Parameters<typeof stringify>) => stringify(...values);
  },
};
interface Spoils {
  by: string;
  at?: number;
}
const order = { params: { type: 'object' }, split: (_params: Spoils, index: number) => index } as const;

function compute(index: number, { params }: { params: Spoils }): number {
  if (index === (params.at ?? 0)) spoilers[params.by]!();
  return index;
}

/** Its chunk `at` (0) changes what `by` names. */
export const spoils = defineTask<Spoils, number, number>({ ...order, name: 'spoils', compute });

export const spoilsShared = defineTask<Spoils, number, number>({
  ...order,
  name: 'spoils-shared',
  concurrency: 4,
  async compute(index, context) {
    await new Promise((resolve) => setTimeout(resolve, index === 0 ? 0 : 60_000));
    return compute(index, context);
  },
});
