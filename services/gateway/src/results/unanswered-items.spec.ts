import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DeadChunk } from '@manyhands/proto';
import { unansweredItems } from './unanswered-items.ts';

async function* each<Value>(values: readonly Value[]): AsyncGenerator<Value, void> {
  yield* values;
}

const letterOf = (begin: number) => ({ begin, end: begin + 1, error: { code: 'compute_failed', message: `dead ${begin}` } });

it('names each item that has no line, once and in its order, with its error where it has one', async () => {
  const fates = fc.array(fc.constantFrom('answered', 'dead', 'left'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fates, async (all) => {
      const segments = all.flatMap((fate, index) => (fate === 'answered' ? [{ begin: index, end: index + 1 }] : []));
      const letters = all.flatMap((fate, index) => (fate === 'dead' ? [letterOf(index)] : [])) as unknown as DeadChunk[];
      const items = unansweredItems(each(segments), each(letters), all.length, async (index) => Buffer.from(`${index}`));
      const seen: string[] = [];
      for await (const { index, item, error } of items) seen.push(`${index} ${item?.toString()} ${error?.message ?? 'left'}`);
      expect(seen).toEqual(
        all.flatMap((fate, index) =>
          fate === 'answered' ? [] : [`${index} ${index} ${fate === 'dead' ? `dead ${index}` : 'left'}`],
        ),
      );
    }),
  );
});
