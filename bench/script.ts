/**
 * `npx node bench/script.ts [--steps 10000000]`: how much slower than Node the interpreter of the kind `script` runs loops.
 *
 * Each loop is the same code in both, called once before it is measured, then three times; the middle one counts. What is compared is time on a core, so the machine need
 * not be idle. Both answers must be the same.
 */
import { parseArgs } from 'node:util';
import { Interpreter } from '../services/compute/src/kinds/script/interpreter.ts';
import { scriptLimits } from '../services/compute/src/kinds/script/script-limits.ts';

const { values } = parseArgs({ options: { steps: { type: 'string', default: '10000000' } } });
const steps = Number(values.steps);
const rounds = 3;

const loops: Record<string, string> = {
  'whole numbers': 'let a = 0; for (let k = 0; k < params.steps; k += 1) a = (a + k * k) % 1000003; return a;',
  fractions: 'let a = 0; for (let k = 1; k <= params.steps; k += 1) a += 1 / (k * k); return a;',
  'a list':
    'const list = new Array(1000).fill(1); for (let k = 0; k < params.steps; k += 1) list[k % 1000] += k % 7; return list[999];',
  objects: 'let at = { n: 0 }; for (let k = 0; k < params.steps; k += 1) at = { n: at.n + (k & 3) }; return at.n;',
};

const interpreter = await Interpreter.load({ ...scriptLimits({}), timeMs: 600_000 });

function coreMs(work: () => string): { ms: number; answer: string } {
  const before = process.threadCpuUsage();
  const answer = work();
  const { user, system } = process.threadCpuUsage(before);
  return { ms: (user + system) / 1_000, answer };
}

function measured(work: (times: number) => string): { ms: number; answer: string } {
  work(Math.min(steps, 10_000));
  const runs = Array.from({ length: rounds }, () => coreMs(() => work(steps))).sort((a, b) => a.ms - b.ms);
  return runs[Math.floor(rounds / 2)]!;
}

for (const [name, body] of Object.entries(loops)) {
  const code = `function map(i, params) { ${body} }`;
  const map = Function(`return ${code}`)() as (i: number, params: { steps: number }) => number;
  const here = measured((times) => JSON.stringify({ list: [map(0, { steps: times })] }));
  const inside = measured((times) => {
    const answer = interpreter.run(code, { do: 'compute', begin: 0, end: 1, params: JSON.stringify({ steps: times }) });
    if (answer.is !== 'text') throw new Error(`the script did not end: ${JSON.stringify(answer)}`);
    return answer.text;
  });
  if (inside.answer !== here.answer) throw new Error(`${name}: ${inside.answer} is not ${here.answer}`);
  console.log(
    `${name}, ${steps.toLocaleString('en')} steps: script ${inside.ms.toFixed(0)} ms, Node ${here.ms.toFixed(0)} ms: ${(inside.ms / here.ms).toFixed(1)} times slower`,
  );
}
