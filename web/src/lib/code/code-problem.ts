/** Where the gateway found something wrong in a field of code. Pure, but for the way by which a form hands it down. */
import { createContext } from 'svelte';
import type { FieldProblem } from '../api-problem.ts';

/** What was refused of the form around it. */
export const [refusedFields, provideRefusedFields] = createContext<() => readonly FieldProblem[]>();

export interface CodeProblem {
  message: string;
  /** From 1; undefined when the sentence names none. */
  line: number | undefined;
}

/** The first that is wrong with the parameter `name`. */
export function codeProblemOf(fields: readonly FieldProblem[], name: string): CodeProblem | undefined {
  const found = fields.find(({ field }) => field === `params.${name}`);
  if (found === undefined) return undefined;
  const line = /^line (\d+)/.exec(found.message)?.[1];
  return { message: found.message, line: line === undefined ? undefined : Number(line) };
}
