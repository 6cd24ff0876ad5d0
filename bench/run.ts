/**
 * `npm run bench`: measures this system and what a user would pick instead on this machine, prints what it finds, and writes it as JSON to
 * `.reports/bench.json`.
 *
 * The two durability classes are measured one after the other and never mixed. Peers are fetched on first use; one that cannot be had is left out
 * with a line that says why. Options:
 *
 *   --only <part of a workload's name>   --class always|1s   --rounds 3   --no-peers   --peers <parts of names, comma separated>
 *   --again        with --only: what is measured takes its place in the run before, whose other figures stay
 *   --write-docs   also writes the tables and pictures of docs/performance.md
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Durability } from './contender.ts';
import { goalsSeen } from './goals.ts';
import { measure, type Measured } from './measure.ts';
import { writeDocs } from './report/write-docs.ts';
import { formatted, measuredAgain, type BenchResult } from './result.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    class: { type: 'string', default: 'always,1s' },
    rounds: { type: 'string', default: '3' },
    peers: { type: 'string', default: '' },
    'no-peers': { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
  },
});

const slots = availableParallelism();
const busyBefore = await busyShare();
console.log(`${slots} cores, ${formatted(busyBefore * 100)} % in use before anything is started`);
const found: Measured = { rows: [], versions: {}, skipped: [] };
for (const durability of values.class.split(',') as Durability[]) {
  const measured = await measure({
    durability,
    slots,
    rounds: Number(values.rounds),
    wanted: (name) => name.includes(values.only),
    wantedPeer: (name) =>
      !values['no-peers'] && values.peers.split(',').some((part) => name.toLowerCase().includes(part.toLowerCase())),
  });
  found.rows.push(...measured.rows);
  found.skipped.push(...measured.skipped);
  for (const [who, versions] of Object.entries(measured.versions))
    found.versions[who in found.versions ? `${who} (${durability})` : who] = versions;
}

const file = resolve(import.meta.dirname, '../.reports/bench.json');
const measuredNow: BenchResult = {
  date: new Date().toISOString(),
  machine: {
    cores: slots,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    platform: process.platform,
    busyBefore,
  },
  rounds: Number(values.rounds),
  ...found,
};
const result = values.again ? measuredAgain(JSON.parse(readFileSync(file, 'utf8')) as BenchResult, measuredNow) : measuredNow;
for (const { goal, seen, wanted, reached } of goalsSeen(measuredNow))
  console.log(`${reached ? 'reached' : 'MISSED '} ${goal} = ${formatted(seen)} (${wanted})`);

mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
if (values['write-docs']) writeDocs(result);
process.exit(0);

/** Share of all cores in use over a second: more than a little of it, and the figures are of another machine. */
async function busyShare(): Promise<number> {
  const times = () =>
    cpus().map(({ times: { idle, ...busy } }) => ({ idle, busy: Object.values(busy).reduce((sum, ms) => sum + ms, 0) }));
  const before = times();
  await new Promise((resume) => setTimeout(resume, 1_000));
  const spent = times().map(({ idle, busy }, core) => ({ idle: idle - before[core]!.idle, busy: busy - before[core]!.busy }));
  const [idle, busy] = [spent.reduce((sum, core) => sum + core.idle, 0), spent.reduce((sum, core) => sum + core.busy, 0)];
  return busy / Math.max(1, idle + busy);
}
