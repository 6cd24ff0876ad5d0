/**
 * `npm run bench`: measures this system on this machine and prints a table; writes it as JSON beside it.
 *
 * Each workload runs three times per durability class, interleaved, and the median counts; the two classes are never mixed. Options:
 * `--only <part of a name>`, `--rounds 3`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startMeasuredSystem, type Durability } from './system.ts';
import { workloads, type Figures } from './workloads.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, rounds: { type: 'string', default: '3' } } });
const slots = availableParallelism();
const rounds = Number(values.rounds);
const chosen = workloads(slots).filter((workload) => workload.name.includes(values.only));
const rows: { workload: string; durability: Durability; figures: Figures }[] = [];

for (const durability of ['always', '1s'] as const) {
  const system = await startMeasuredSystem(durability, slots, 1);
  const seen = new Map<string, Figures[]>();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const workload of chosen) seen.set(workload.name, [...(seen.get(workload.name) ?? []), await workload.run(system)]);
    }
  } finally {
    await system.stop();
  }
  for (const [workload, runs] of seen) {
    const figures = Object.fromEntries(Object.keys(runs[0]!).map((name) => [name, median(runs.map((run) => run[name]!))]));
    rows.push({ workload, durability, figures });
    console.log(`${durability.padEnd(7)} ${workload.padEnd(66)} ${Object.entries(figures).map(([name, value]) => `${format(value)} ${name}`).join(' · ')}`);
  }
}

const folder = resolve(import.meta.dirname, '../.reports');
mkdirSync(folder, { recursive: true });
const machine = { cores: slots, cpu: cpus()[0]?.model ?? 'unknown', node: process.version, platform: process.platform };
writeFileSync(resolve(folder, 'bench.json'), JSON.stringify({ date: new Date().toISOString(), machine, rounds, workers: slots, slotsPerWorker: 1, rows }, undefined, 2));

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}
