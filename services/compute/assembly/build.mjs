/**
 * Makes `sieve.wasm` from `sieve.ts` and `wheel.ts` with the pinned AssemblyScript, which is fetched for it: its compiler weighs 100 MB, so it is no
 * dependency, and the 8 KB it makes are kept in the repository. A custom section names the sources' hash; a test compares the two.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const sources = ['sieve.ts', 'wheel.ts'].map((file) => resolve(import.meta.dirname, file));
const target = resolve(import.meta.dirname, '../src/kinds/primes/sieve.wasm');
const options = ['-O3', '--converge', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--initialMemory', '16', '--outFile', target];
const run = spawnSync('npx', ['--yes', '--package', 'assemblyscript@0.28.20', 'asc', sources[0], ...options], { stdio: 'inherit' });
if (run.status !== 0) process.exit(run.status ?? 1);

const text = (value) => [value.length, ...Buffer.from(value)];
const hash = [...text('source'), ...Buffer.from(sources.reduce((sum, file) => sum.update(readFileSync(file)), createHash('sha256')).digest('hex'))];
writeFileSync(target, Buffer.concat([readFileSync(target), Buffer.from([0, hash.length, ...hash])]));
