/** What is wrong with a new job apart from its parameters, field by field, in words; empty when nothing is. Pure. */
import { limits } from '@manyhands/proto/limits';
import type { Choice } from '../schedules/timing.ts';
import { formatCount } from '../format.ts';
import { inputProblem, type InputChoice } from '../inputs/input-choice.ts';
import { maxFailedProblem, tagsProblem } from './bounds.ts';
import { notifyProblem, notifySecretProblem } from './notify.ts';
import { tryingLimits, type TryingChoice } from './trying.ts';

export const { chunkCountMax } = limits;

type FormField =
  | ('chunks' | 'input' | 'run-at' | 'cron' | 'time-zone')
  | ('attempts' | 'soft-limit' | 'hard-limit' | 'at-once' | 'max-failed' | 'tags')
  | ('notify-url' | 'notify-secret');
export type FormProblems = Partial<Record<FormField, string>>;

export interface FormChoices {
  /** An empty number field is undefined, or null once it was cleared. */
  chunks: number | null | undefined;
  /** Of a kind that has one; it has no number of chunks to choose then. */
  input: InputChoice | undefined;
  choice: Choice;
  trying: TryingChoice;
  nowMs: number;
}

export function formProblems({ chunks, input, choice, trying, nowMs }: FormChoices): FormProblems {
  const { attemptsMost, limitSecLeast, limitSecMost } = tryingLimits;
  const seconds = { least: limitSecLeast, most: limitSecMost };
  return Object.fromEntries(
    Object.entries({
      ...(input ? { input: inputProblem(input) } : { chunks: chunksProblem(chunks) }),
      ...timingProblems(choice, nowMs),
      attempts: numberProblem(trying.attempts, { least: 1, most: attemptsMost, whole: true }),
      'soft-limit': numberProblem(trying.softLimitSec, seconds),
      'hard-limit': numberProblem(trying.hardLimitSec, seconds),
      'at-once': numberProblem(trying.atOnce, { least: 1, most: limits.atOnceMax, whole: true }),
      'max-failed': maxFailedProblem(trying.maxFailed),
      tags: tagsProblem(trying.tags),
      'notify-url': notifyProblem(trying),
      'notify-secret': notifySecretProblem(trying),
    }).filter(([, problem]) => problem !== null),
  ) as FormProblems;
}

function chunksProblem(chunks: number | null | undefined): string | null {
  if (chunks == null) return 'Say into how many chunks it is split.';
  return numberProblem(chunks, { least: 1, most: chunkCountMax, whole: true });
}

function numberProblem(
  value: number | null | undefined,
  { least, most, whole = false }: { least: number; most: number; whole?: boolean },
): string | null {
  if (value == null) return null;
  if (whole && !Number.isInteger(value)) return 'Must be a whole number.';
  return value >= least && value <= most ? null : `Must be between ${least} and ${formatCount(most)}.`;
}

function timingProblems({ when, at, cron, timeZone }: Choice, nowMs: number): Partial<Record<FormField, string | null>> {
  if (when === 'repeat') {
    return {
      cron: cron.trim() === '' ? 'Say when it repeats: minute, hour, day of month, month, day of week.' : null,
      'time-zone': timeZone.trim() === '' ? 'Say whose clock the expression is read against, such as Europe/Berlin.' : null,
    };
  }
  if (when !== 'later') return {};
  const atMs = Date.parse(at);
  if (Number.isNaN(atMs)) return { 'run-at': 'Say when it runs: a date and a time.' };
  if (atMs <= nowMs) return { 'run-at': 'This time has passed, and the job would run at once. Choose a later one, or Now.' };
  return { 'run-at': atMs - nowMs > limits.runAtAheadMsMax ? 'This is more than a year ahead.' : null };
}
