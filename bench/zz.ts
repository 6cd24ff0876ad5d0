import { readFileSync } from 'node:fs';
import { startMeasuredSystem } from './system.ts';
const system = await startMeasuredSystem(process.argv[2] as 'always', 2, 1, { env: { MANYHANDS_LEASE_CHUNKS_MAX: process.argv[3] ?? '1' } });
const cpu = (pid: number) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return (Number(f[11]) + Number(f[12])) * 10; };
const run = () => system.run({ kind: 'noop', params: {}, chunks: 10_000 });
await run(); await run();
await new Promise((r) => setTimeout(r, 3000));
for (let i = 0; i < Number(process.argv[4] ?? 4); i++) {
  const before = system.processes().map(({ pid }) => cpu(pid)); const own = process.cpuUsage();
  const t = performance.now(); await run(); const ms = performance.now() - t;
  console.log(Math.round(1e7 / ms), 'chunks/s', Math.round(ms), 'ms cpu:', system.processes().map(({ name, pid }, k) => `${name} ${cpu(pid) - before[k]!}`).join(' '), 'bench', Math.round((process.cpuUsage(own).user + process.cpuUsage(own).system)/1000));
}
await system.stop(); process.exit(0);
