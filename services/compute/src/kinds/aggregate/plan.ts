/** What a job asks for, as the scanner and the merge need it. Pure. */
import { ComputeRefused } from '@manyhands/worker/task';
import { type Bounds, BOUNDS } from './partial.ts';

export interface AggregateParams {
  group_by?: string[];
  sum?: string[];
  mean?: string[];
  min?: string[];
  max?: string[];
  distinct?: string[];
}

/** A column whose numbers are added or compared. */
export interface ValueColumn {
  name: string;
  /** Which of the asked cells it is. */
  cell: number;
  wantsSum: boolean;
  wantsMin: boolean;
  wantsMax: boolean;
  /** Where its count, and behind it its sum, least and most, begin in an entry. */
  at: number;
}

export interface Plan {
  /** Names of the asked cells. */
  asked: string[];
  /** Cells of the key of a group. */
  keyCells: number[];
  values: ValueColumn[];
  /** Cells whose different texts are counted, and where they are in an entry. */
  distinct: { name: string; cell: number; at: number }[];
  /** Columns of the answer behind those of the groups. */
  answers: AnswerColumn[];
  bounds: Bounds;
}

export type AnswerColumn =
  | { name: string; is: 'rows' }
  | { name: string; is: 'sum' | 'mean' | 'min' | 'max'; value: number }
  | { name: string; is: 'distinct'; distinct: number };

const ROWS = 'count(*)';

/** `bounds`: only tests change them. */
export function planOf(params: AggregateParams, bounds = BOUNDS): Plan {
  const { group_by: groupBy = [], sum = [], mean = [], min = [], max = [], distinct = [] } = params;
  const asked = [...new Set([...groupBy, ...sum, ...mean, ...min, ...max, ...distinct])];
  const cellOf = (name: string): number => asked.indexOf(name);
  let at = 1;
  const values = [...new Set([...sum, ...mean, ...min, ...max])].map((name): ValueColumn => {
    const column = {
      name,
      cell: cellOf(name),
      wantsSum: sum.includes(name) || mean.includes(name),
      wantsMin: min.includes(name),
      wantsMax: max.includes(name),
      at,
    };
    at += 1 + Number(column.wantsSum) + Number(column.wantsMin) + Number(column.wantsMax);
    return column;
  });
  const sets = [...new Set(distinct)].map((name) => ({ name, cell: cellOf(name), at: at++ }));
  const valueOf = (name: string): number => values.findIndex((value) => value.name === name);
  const answers: AnswerColumn[] = [{ name: ROWS, is: 'rows' }];
  for (const [is, names] of Object.entries({ sum, mean, min, max }) as ['sum' | 'mean' | 'min' | 'max', string[]][])
    for (const name of new Set(names)) answers.push({ name: `${is}(${name})`, is, value: valueOf(name) });
  sets.forEach(({ name }, index) => answers.push({ name: `distinct(${name})`, is: 'distinct', distinct: index }));
  const doubled = answers.find(({ name }) => groupBy.includes(name));
  if (doubled) throw new ComputeRefused(`a column of the groups has the name ${doubled.name}, which the answer needs; rename it`);
  return { asked, keyCells: [...new Set(groupBy)].map(cellOf), values, distinct: sets, answers, bounds };
}
