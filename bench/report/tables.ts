/** The figures of a run as Markdown: who against whom, what was to be reached, what this system does alone, and what that means for a larger one. */
import { OURS, OURS_ONE_SLOT, OURS_ONE_THREAD, type Durability } from '../contender.ts';
import { goalsSeen } from '../goals.ts';
import { formatted, type BenchResult, type Row, type Spread } from '../result.ts';
import { comparisons } from '../workloads.ts';
import { modelTable } from './model.ts';

const CLASSES: readonly { durability: Durability; title: string }[] = [
  { durability: 'always', title: 'On disk before it is acknowledged (`always`)' },
  { durability: '1s', title: 'On disk within a second (`1s`)' },
];

export function tables(result: BenchResult): string {
  const model = modelTable(result);
  return [
    aboutRun(result),
    ...CLASSES.map(
      ({ durability, title }) => `### ${title}\n\n${comparisonTable(result.rows.filter((row) => row.durability === durability))}`,
    ),
    `### Goals\n\n${goalsTable(result)}`,
    `### This system alone\n\n${aloneTable(result)}`,
    ...(model === '' ? [] : [`### A larger cluster: a model over the figures above, not a measurement\n\n${model}`]),
    aboutVersions(result),
  ].join('\n\n');
}

function aboutRun({ date, machine, rounds, again }: BenchResult): string {
  const later =
    again === undefined ? '' : ` Measured by themselves afterwards, in place of the figures of that run: ${again.join('; ')}.`;
  return `Measured ${date.slice(0, 16).replace('T', ' ')} UTC on ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB, ${machine.platform}; ${formatted(machine.busyBefore * 100)} % of it was in use before. Medians of ${rounds} rounds, least and most in brackets.${later}`;
}

/** A row for everyone who ran; a cell is figures over the rounds, and how this system's median compares with it. */
function comparisonTable(rows: readonly Row[]): string {
  const names = comparisons.map(({ name }) => name);
  const compared = rows.filter(({ workload }) => names.includes(workload));
  const body = [...new Set(compared.map(({ who }) => who))].map((who) => {
    const cells = names.map((name) => {
      const [theirs, ours] = [who, OURS].map((one) => compared.find((row) => row.workload === name && row.who === one)?.figures);
      if (theirs === undefined) return '–';
      return Object.entries(theirs)
        .filter(([figure]) => figure !== 'max ms')
        .map(
          ([figure, spread]) =>
            `${cell(figure, spread)}${who.startsWith(OURS) || figure === 'p99 ms' ? '' : ratio(ours?.[figure], spread)}`,
        )
        .join('<br>');
    });
    return [who === OURS ? `**${who}**` : who, ...cells];
  });
  return table(['', ...names], body);
}

function cell(figure: string, { median, min, max }: Spread): string {
  return `${formatted(median)} ${figure} (${formatted(min)}–${formatted(max)})`;
}

function ratio(ours: Spread | undefined, theirs: Spread): string {
  return ours === undefined ? '' : `; ours : theirs ${formatted(ours.median / theirs.median)}`;
}

function goalsTable(result: BenchResult): string {
  return table(
    ['', 'goal', 'seen', 'wanted'],
    goalsSeen(result).map(({ goal, seen, wanted, reached }) => [reached ? '✓' : '✗', goal, formatted(seen), wanted]),
  );
}

function aloneTable({ rows }: BenchResult): string {
  const names = comparisons.map(({ name }) => name);
  const own = [OURS, OURS_ONE_SLOT, OURS_ONE_THREAD];
  const alone = rows.filter(({ workload, who }) => !names.includes(workload) && own.includes(who));
  const lines = new Map<string, string[]>();
  for (const { workload, who, durability, figures } of alone) {
    for (const [figure, { median, min, max }] of Object.entries(figures)) {
      const key = `${workload}${who === OURS_ONE_SLOT ? ', one slot' : ''} | ${figure}`;
      const line = lines.get(key) ?? ['–', '–'];
      line[CLASSES.findIndex((one) => one.durability === durability)] =
        `${formatted(median)} (${formatted(min)}–${formatted(max)})`;
      lines.set(key, line);
    }
  }
  let named = '';
  const body = [...lines].map(([key, cells]) => {
    const [workload, figure] = key.split(' | ') as [string, string];
    const name = workload === named ? '' : workload;
    named = workload;
    return [name, figure, ...cells];
  });
  return table(['workload', 'figure', '`always`', '`1s`'], body);
}

function aboutVersions({ versions, skipped }: BenchResult): string {
  const used = Object.entries(versions).map(
    ([who, { durability, ...of }]) =>
      `${who}: ${Object.entries(of)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}; ${durability}.`,
  );
  const missing = skipped.map(({ who, why }) => `${who} is missing: ${why}.`);
  return [...used, ...missing].map((line) => `- ${line}`).join('\n');
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
