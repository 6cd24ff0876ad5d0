/**
 * `npm run bench`: measures this system and what a user would pick instead on this machine, prints what it finds, and writes it as JSON to
 * `.reports/bench.json`.
 *
 * The two durability classes are measured one after the other and never mixed. Its options are those of `benchCommand`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { WrongSettings } from '@manyhands/proto/settings';
import { runTool } from '../deploy/local/src/prepare/tool.ts';
import { measureAgainst } from './against/against.ts';
import { goalsSeen } from './goals.ts';
import { measure, type Measured } from './measure.ts';
import { writeDocs } from './report/write-docs.ts';
import { benchCommand, parseBench, type BenchOptions } from './options.ts';
import { formatted, measuredAgain, type BenchResult } from './result.ts';

await runTool({ command: benchCommand, parse: parseBench, run: bench });

async function bench({
  only,
  classes,
  rounds,
  isWantedPeer,
  again,
  writeDocs: isForDocs,
  against,
}: BenchOptions): Promise<number> {
  const slots = availableParallelism();
  const busyBefore = await busyShare();
  console.log(`${slots} cores, ${formatted(busyBefore * 100)} % in use before anything is started`);
  if (against !== undefined) return benchAgainst(against, { only, classes, rounds });
  const found: Measured = { rows: [], versions: {}, skipped: [] };
  for (const durability of classes) {
    const measured = await measure({
      durability,
      slots,
      rounds,
      wanted: (name) => name.includes(only),
      wantedPeer: isWantedPeer,
    });
    found.rows.push(...measured.rows);
    found.skipped.push(...measured.skipped);
    for (const [who, versions] of Object.entries(measured.versions))
      found.versions[who in found.versions ? `${who} (${durability})` : who] = versions;
  }

  if (found.rows.length === 0) throw nothingMeasured(only);
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
    rounds,
    ...found,
  };
  const result = again ? measuredAgain(JSON.parse(readFileSync(file, 'utf8')) as BenchResult, measuredNow) : measuredNow;
  for (const { goal, seen, wanted, reached } of goalsSeen(measuredNow))
    console.log(`${reached ? 'reached' : 'MISSED '} ${goal} = ${formatted(seen)} (${wanted})`);

  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  if (isForDocs) writeDocs(result);
  return 0;
}

async function benchAgainst(
  commit: string,
  { only, classes, rounds }: Pick<BenchOptions, 'only' | 'classes' | 'rounds'>,
): Promise<number> {
  let measured = 0;
  for (const durability of classes)
    measured += await measureAgainst({ commit, durability, rounds, wanted: (name) => name.includes(only) });
  if (measured === 0) throw nothingMeasured(only);
  return 0;
}

function nothingMeasured(only: string): WrongSettings {
  return new WrongSettings(`npm run bench measured nothing: no workload has --only ${JSON.stringify(only)} in its name.`);
}

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
