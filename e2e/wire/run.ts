/** `node --conditions=source e2e/wire/run.ts --count 100000 --seed 7`: the long form of the fuzzers of connections and of framing. Needs what `npm run build` builds. */
import { parseArgs } from 'node:util';
import { runWire } from './wire-run.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!(count > 0) || !Number.isSafeInteger(seed)) {
  console.error('usage: node --conditions=source e2e/wire/run.ts [--count N] [--seed N]');
  process.exit(2);
}
console.log(`${count} connections, seed ${seed}`);
const verdict = await runWire({ count, seed });
console.log(verdict);
process.exit(verdict.connectionsLeft === 0 ? 0 : 1);
