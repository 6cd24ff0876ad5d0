/**
 * Puts a run's tables between the markers of docs/performance.md and its pictures beside it. `npm run bench -- --write-docs` does it at its end;
 * `node bench/report/write-docs.ts` does it again for the last run.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OURS } from '../contender.ts';
import { formatted, type BenchResult, type Row } from '../result.ts';
import { comparisons } from '../workloads.ts';
import { barChart, type BarGroup } from './bar-chart.ts';
import { tables } from './tables.ts';

const root = resolve(import.meta.dirname, '../..');
const BEGIN = '<!-- figures: written by the bench -->';
const END = '<!-- end of figures -->';

/** One picture for each comparison, of the figure that comes first. */
const PICTURES = ['fan-out', 'latency', 'concurrent'];

export function writeDocs(result: BenchResult): void {
  const page = resolve(root, 'docs/performance.md');
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/performance.md has no place for figures: "${BEGIN}" … "${END}"`);
  writeFileSync(page, `${text.slice(0, begin + BEGIN.length)}\n\n${tables(result)}\n\n${text.slice(end)}`);
  mkdirSync(resolve(root, 'docs/performance'), { recursive: true });
  for (const [index, { name }] of comparisons.entries()) {
    const rows = result.rows.filter(({ workload }) => workload === name);
    if (rows.length > 0) writeFileSync(resolve(root, `docs/performance/${PICTURES[index]}.svg`), picture(name, rows));
  }
}

function picture(name: string, rows: readonly Row[]): string {
  const figure = Object.keys(rows[0]!.figures)[0]!;
  const groups = [...new Set(rows.map(({ durability }) => durability))].map((durability): BarGroup => ({
    label: durability === 'always' ? 'on disk before it is acknowledged' : 'on disk within a second',
    bars: rows
      .filter((row) => row.durability === durability)
      .map(({ who, figures }) => ({
        label: who,
        value: figures[figure]!.median,
        text: formatted(figures[figure]!.median),
        isOurs: who.startsWith(OURS),
      })),
  }));
  return barChart(`${name}: ${figure}, ${figure.endsWith('ms') ? 'shorter' : 'longer'} is better`, groups);
}

if (import.meta.main) writeDocs(JSON.parse(readFileSync(resolve(root, '.reports/bench.json'), 'utf8')) as BenchResult);
