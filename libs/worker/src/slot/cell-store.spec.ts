import { expect, it } from 'vitest';
import { FileCells, openCells, SharedCells, type CellStore } from './cell-store.ts';

const stores: [string, () => { mine: CellStore; theirs: CellStore; close(): void }][] = [
  [
    'memory',
    () => {
      const mine = new SharedCells();
      return { mine, theirs: openCells(mine.memory), close: () => {} };
    },
  ],
  [
    'a file',
    () => {
      const mine = FileCells.create();
      return { mine, theirs: openCells(mine.file), close: () => mine.close() };
    },
  ],
];

it.each(stores)('cells in %s begin at 0, and one side sees what the other stored', (_, open) => {
  const { mine, theirs, close } = open();
  expect([0, 1, 2, 3].map((cell) => mine.load(cell))).toEqual([0, 0, 0, 0]);
  theirs.store(0, 1_000_000);
  mine.store(3, 7);
  expect([mine.load(0), theirs.load(3), theirs.load(1)]).toEqual([1_000_000, 7, 0]);
  close();
});
