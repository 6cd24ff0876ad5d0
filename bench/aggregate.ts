/**
 * `npx node bench/aggregate.ts [--mb 1000] [--slots 1] [--distinct] [--no-duckdb]`: the kind `aggregate` and DuckDB on one CSV file that it makes.
 *
 * Compares each value of both answers to its last digit, and measures: the task code alone in one thread on the same parts; a job through a whole system of its own, upload
 * apart; the highest memory of each process; DuckDB with one thread and with all. Build first. DuckDB comes from PyPI at the first use, into
 * `.manyhands/bench/duckdb`. Next to the time stands the time on a core, which is what counts on a machine that is not idle.
 */
import { execFile } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openAsBlob, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createClient } from '@manyhands/sdk';
import { answerOf, type Row } from '../services/compute/src/kinds/aggregate/answer.ts';
import { aggregatePart } from '../services/compute/src/kinds/aggregate/compute.ts';
import { decimalText, divided, readDecimal } from '../services/compute/src/kinds/aggregate/decimal.ts';
import { mergePartials } from '../services/compute/src/kinds/aggregate/merge.ts';
import { planOf } from '../services/compute/src/kinds/aggregate/plan.ts';
import { watchMemory } from './memory.ts';
import { startMeasuredSystem } from './system.ts';

const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '1000' },
    slots: { type: 'string', default: '1' },
    'no-duckdb': { type: 'boolean' },
    distinct: { type: 'boolean' },
  },
});
const duckdbVersion = '2.0.1';
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'manyhands-aggregate-'));
const file = join(folder, 'orders.csv');
const header = 'id,day,country,product,quantity,price,note\n';
const params = {
  group_by: ['country', 'product'],
  sum: ['price', 'quantity'],
  mean: ['price'],
  min: ['price'],
  max: ['quantity'],
  distinct: values.distinct === true ? ['day'] : [],
};

try {
  console.log(`load ${loadavg()[0]!.toFixed(1)} before`);
  const bytes = makeFile(Number(values.mb) * 1_000_000);
  console.log(`${(bytes / 1e6).toFixed(0)} MB of CSV`);
  const speed = (sec: number): string => `${(bytes / 1e6 / sec).toFixed(0)} MB/s`;
  const bare = await bareScan();
  console.log(
    `bare scan, one thread: ${bare.sec.toFixed(1)} s, on its core ${bare.coreSec.toFixed(1)} s (${speed(bare.coreSec)})`,
  );
  const job = await throughSystem(Number(values.slots), bytes);
  if (JSON.stringify(bare.rows) !== JSON.stringify(job.rows)) throw new Error('the job and the bare scan differ');
  console.log(`upload: ${job.uploadSec.toFixed(1)} s (${speed(job.uploadSec)})`);
  console.log(
    `job, ${values.slots} slots: ${job.sec.toFixed(1)} s (${speed(job.sec)}), ${job.coreSec.toFixed(1)} s on the cores of its slots (${speed(job.coreSec)})`,
  );
  console.log(`a slot has ${((100 * bare.coreSec) / job.coreSec).toFixed(0)} % of the speed of the bare scan on a core`);
  for (const [name, { maxMb, grownMb }] of Object.entries(job.memory))
    console.log(`memory of ${name}: at most ${maxMb.toFixed(0)} MB, grown by ${grownMb.toFixed(0)} MB`);
  if (values['no-duckdb'] !== true) await besideDuckdb(job.rows, speed);
  console.log(`load ${loadavg()[0]!.toFixed(1)} after`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Blocks of rows, 64 MB of them different. */
function makeFile(bytesWanted: number): number {
  let seed = 1;
  const below = (n: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % n;
  };
  const two = (n: number): string => String(n).padStart(2, '0');
  const block = (): Buffer => {
    let rows = '';
    while (rows.length < 1_000_000)
      rows += `${below(1e6)},2026-${two(1 + below(12))}-${two(1 + below(28))},C${below(40)},product-${below(25)},${1 + below(99)},${below(1_000)}.${two(below(100))},${below(10) ? `a note ${below(100_000)}` : '"with ""quotes"", and commas"'}\n`;
    return Buffer.from(rows);
  };
  const blocks = Array.from({ length: Math.min(64, Math.ceil(bytesWanted / 1e6)) }, block);
  const to = openSync(file, 'w');
  let bytes = writeSync(to, header);
  for (let at = 0; bytes < bytesWanted; at += 1) bytes += writeSync(to, blocks[at % blocks.length]!);
  closeSync(to);
  return bytes;
}

/** The task code on parts as the gateway cuts them: this file has no line breaks between quotes, so any line break ends a record. */
async function bareScan(): Promise<{ rows: Row[]; sec: number; coreSec: number }> {
  const plan = planOf(params);
  const prefix = Buffer.from(`\ufeff${header}`);
  const source = await open(file);
  const read = Buffer.alloc(512 * 1024 - prefix.length);
  const began = performance.now();
  let coreMs = 0;
  let merged: ReturnType<typeof aggregatePart> | undefined;
  for (let at = header.length; ;) {
    const { bytesRead } = await source.read(read, 0, read.length, at);
    if (bytesRead === 0) break;
    const end = read.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    const part = Buffer.concat([prefix, read.subarray(0, end)]);
    const before = process.threadCpuUsage();
    const partial = aggregatePart(part, plan);
    merged = merged ? mergePartials(merged, partial, plan) : partial;
    const spent = process.threadCpuUsage(before);
    coreMs += (spent.user + spent.system) / 1_000;
    at += end;
  }
  await source.close();
  return { rows: answerOf(merged!, params.group_by, plan), sec: (performance.now() - began) / 1_000, coreSec: coreMs / 1_000 };
}

async function throughSystem(slots: number, bytes: number) {
  const storage = { MANYHANDS_STORAGE_GB: String(Math.ceil((bytes * 4) / 1e9) + 8) };
  const system = await startMeasuredSystem('1s', 1, slots, { env: storage });
  try {
    const client = createClient({ baseUrl: await system.gateway() });
    const memory = watchMemory(system.processes());
    const beforeUpload = performance.now();
    const { input_id: input } = await client.upload(await openAsBlob(file), { form: 'table' });
    const uploadSec = (performance.now() - beforeUpload) / 1_000;
    const { pid } = system.processes().find(({ name }) => name === 'worker')!;
    const coreBefore = slotCoreSec(pid);
    const before = performance.now();
    const { job_id: jobId } = await client.submit({ kind: 'aggregate', input, params });
    const { result, error } = await client.wait(jobId);
    const sec = (performance.now() - before) / 1_000;
    if (error) throw new Error(error.message);
    return { rows: result as Row[], uploadSec, sec, coreSec: slotCoreSec(pid) - coreBefore, memory: memory.stop() };
  } finally {
    await system.stop();
  }
}

/** Seconds on a core of the threads that give way: those of the slots. Linux only. */
function slotCoreSec(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')[1]!.split(' '))
    .filter((fields) => Number(fields[16]) > 0)
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) / 100, 0);
}

async function besideDuckdb(rows: readonly Row[], speed: (sec: number) => string): Promise<void> {
  const python = resolve(import.meta.dirname, '../.manyhands/bench/duckdb/bin/python');
  if (!existsSync(python)) {
    await run('python3', ['-m', 'venv', resolve(python, '../..')]);
    await run(python, ['-m', 'pip', 'install', '--quiet', `duckdb==${duckdbVersion}`]);
  }
  const query = `select country, product, count(*), sum(price), sum(quantity), min(price), max(quantity)${values.distinct === true ? ', count(distinct day)' : ''}
    from read_csv('${file}', header = true, columns = {'id': 'INTEGER', 'day': 'VARCHAR', 'country': 'VARCHAR', 'product': 'VARCHAR', 'quantity': 'INTEGER', 'price': 'DECIMAL(18,2)', 'note': 'VARCHAR'})
    group by country, product order by country, product`;
  const script = `import duckdb, json, sys, time
for threads in (1, None):
    db = duckdb.connect()
    db.execute("set enable_progress_bar = false")
    if threads: db.execute(f"set threads = {threads}")
    t, c = time.time(), time.process_time()
    rows = db.execute(sys.argv[1]).fetchall()
    print(json.dumps({"threads": threads or "all", "sec": time.time() - t, "coreSec": time.process_time() - c, "rows": [[str(v) for v in row] for row in rows]}))`;
  const { stdout } = await run(python, ['-c', script, query], { maxBuffer: 2 ** 28 });
  for (const line of stdout.trim().split('\n')) {
    const seen = JSON.parse(line) as { threads: number | string; sec: number; coreSec: number; rows: string[][] };
    const theirs = seen.rows.map(([country, product, count, sum, quantity, min, max, ...days]) => {
      const exact = readDecimal(sum!)!;
      // DuckDB's own mean is a float: it is made here of its sum and its count.
      const mean = decimalText(divided(exact.units * 1_000_000n, BigInt(count!)), exact.scale + 6);
      const shortest = (text: string): string => decimalText(readDecimal(text)!.units, readDecimal(text)!.scale);
      return [country, product, count, shortest(sum!), quantity, mean, shortest(min!), max, ...days];
    });
    const ours = rows.map((row) => Object.values(row).map(String));
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) throw new Error('DuckDB has another answer');
    console.log(
      `DuckDB ${duckdbVersion}, threads ${seen.threads}: ${seen.sec.toFixed(1)} s, on cores ${seen.coreSec.toFixed(1)} s (${speed(seen.coreSec)} a core); ${ours.length} rows, equal to the last digit`,
    );
  }
}
