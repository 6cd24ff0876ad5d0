import { expect, test } from 'vitest';
import type { ProgressFacts } from '@manyhands/observe/progress';
import { ProgressPrinter } from './progress-printer.ts';

const at = (progress: number): ProgressFacts => ({
  kind: 'sum',
  status: 'running',
  progress,
  completed_chunks: progress * 100,
  failed_chunks: 0,
  total_chunks: 100,
  rate: null,
  eta_sec: null,
});

function record(isTTY: boolean, columns = 60) {
  const written: string[] = [];
  return { written, printer: new ProgressPrinter({ isTTY, columns, write: (text) => written.push(text) }) };
}

test('on a terminal one line is drawn again and again, and left standing at the end', () => {
  const { written, printer } = record(true);
  for (const progress of [0, 0.01, 1]) printer.show(at(progress));
  printer.end();
  expect(written).toHaveLength(4);
  expect(written.slice(0, 3).every((text) => text.startsWith('\r\u001b[2Ksum ') && !text.includes('\n'))).toBe(true);
  expect(written[3]).toBe('\n');
});

test('a terminal that states no width is taken for a usual one', () => {
  const { written, printer } = record(true, 0);
  printer.show(at(0.5));
  expect(written[0]).toContain('50/100 chunks');
});

test('elsewhere a line is printed at the start, for each tenth, and at the end', () => {
  const { written, printer } = record(false);
  for (let percent = 0; percent <= 100; percent += 1) printer.show(at(percent / 100));
  printer.show(at(1));
  printer.end();
  expect(written).toHaveLength(11);
  expect(written.every((line) => line.endsWith('\n') && !line.includes('\r'))).toBe(true);
  expect(written.at(-1)).toContain('100 %');
});

test('a job that ends just after a tenth still prints its end', () => {
  const { written, printer } = record(false);
  for (const progress of [0, 0.95, 1, 1]) printer.show(at(progress));
  expect(written).toHaveLength(3);
});
