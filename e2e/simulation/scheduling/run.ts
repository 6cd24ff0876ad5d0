/** Prints what switching each heuristic of scheduling off costs: `npm run scheduling`, about a minute. */
import { heuristics, type Heuristics } from '../../../services/coordinator/src/scheduling/heuristics.ts';
import { scenarios } from './scenarios.ts';
import { costsOf, figuresWith, OFF } from './switched-off.ts';

const usual = figuresWith(scenarios);
console.log(
  'With all heuristics: milliseconds to the end, milliseconds of small jobs (9 of 10), idle slots, messages, chunks computed in vain',
);
for (const [index, { name }] of scenarios.entries()) {
  const { makespan, small, idle, messages, wasted } = usual[index]!;
  console.log(
    `  ${name.padEnd(58)} ${[makespan, small].map((ms) => Math.round(ms).toString().padStart(7)).join('')} ${idle.toFixed(1).padStart(5)}% ${String(messages).padStart(7)} ${String(wasted).padStart(6)}`,
  );
}
/** Names of heuristics may be given; without, all of them. */
const asked = process.argv.slice(2);
for (const name of Object.keys(OFF) as (keyof Heuristics)[]) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n${name} ${heuristics[name]}, off (${OFF[name]}):`);
  try {
    const costs = costsOf(scenarios, usual, figuresWith(scenarios, name, OFF[name]));
    if (costs.length === 0) console.log('  nothing gets worse');
    for (const { scenario, figure, with: before, without } of costs.slice(0, 4))
      console.log(`  ${figure.padEnd(8)} ${before.toFixed(0).padStart(7)} -> ${without.toFixed(0).padStart(7)}   ${scenario}`);
  } catch (error) {
    console.log(`  ${(error as Error).message}`);
  }
}
