/** Two finished jobs side by side: what was asked of each, what it cost, what came out. Pure. */
import type { FinishedJob, JobProfile, KeptJob } from '@manyhands/sdk';
import { formatBytes, formatCount, formatDateTime, formatDuration, formatResult } from '../format.ts';
import { standingNames, standingOf } from '../jobs/status.ts';

/** `profile`: null where its time was not measured. */
export interface Run {
  kept: KeptJob;
  profile: JobProfile | null;
}

export interface Compared {
  name: string;
  one: string;
  other: string;
  differs: boolean;
}

/** What was asked of them that is not the same in both, each a value of its own; and how much is. */
export function askedDiff(one: FinishedJob, other: FinishedJob): { rows: Compared[]; same: number } {
  const rows = [
    ...fieldsOf(one.params, other.params),
    ...fieldsOf(settingsOf(one), settingsOf(other)),
    ...fieldsOf(tagsOf(one), tagsOf(other)),
  ];
  return { rows: rows.filter(({ differs }) => differs), same: rows.filter(({ differs }) => !differs).length };
}

function fieldsOf(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): Compared[] {
  // A parameter may be called as what every object has, such as `constructor`.
  const own = (fields: Readonly<Record<string, unknown>>, name: string) =>
    Object.hasOwn(fields, name) ? fields[name] : undefined;
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .map((name) => ({ name, values: [own(one, name), own(other, name)] as const }))
    .filter(({ values: [left, right] }) => left !== undefined || right !== undefined)
    .map(({ name, values: [left, right] }) => rowOf(name, left, right));
}

/** Undefined: the usual. */
function settingsOf(job: FinishedJob): Record<string, unknown> {
  return {
    Kind: job.kind,
    Chunks: job.total_chunks,
    Priority: job.priority,
    Input: job.input,
    'Chunks at once': job.at_once,
    'Dead chunks allowed': job.max_failed,
    'A dead chunk': job.on_dead_chunk,
    'Attempts of a chunk': job.max_attempts,
    'Soft limit (s)': job.soft_limit_sec,
    'Hard limit (s)': job.hard_limit_sec,
  };
}

function tagsOf({ tags = {} }: FinishedJob): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [`Tag ${name}`, value]));
}

/** Equal are values of the same JSON, in whatever order the fields of an object stand. */
function rowOf(name: string, one: unknown, other: unknown): Compared {
  return { name, one: textOf(one), other: textOf(other), differs: canonical(one) !== canonical(other) };
}

const shownCharsMax = 2_000;

function textOf(value: unknown): string {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value : formatResult(value);
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)} …` : text;
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_name, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ) ?? ''
  );
}

/** Whether two jobs were given the same parameters. */
export function isSameWork(one: FinishedJob, other: FinishedJob): boolean {
  return one.kind === other.kind && canonical(one.params) === canonical(other.params);
}

export type ResultsAre = 'equal' | 'different' | 'unknown' | 'none';

/** `unknown`: at least one of them is not in history, because it is large or has a line for each item. */
export function resultsAre(one: FinishedJob, other: FinishedJob): ResultsAre {
  if (one.status !== 'completed' || other.status !== 'completed') return 'none';
  if ([one, other].some((job) => job.stored !== undefined || job.output === 'lines')) return 'unknown';
  return canonical(one.result) === canonical(other.result) ? 'equal' : 'different';
}

/** What each took and what it was computed with. */
export function figuresOf(one: Run, other: Run): Compared[] {
  const figures: readonly [string, (run: Run) => string | null][] = [
    ['Status', ({ kept: { job } }) => standingNames[standingOf(job)]],
    ['Worked on for', ({ kept: { job } }) => (job.duration_sec === null ? null : formatDuration(job.duration_sec))],
    ['From its submission to its end', ({ kept: { job } }) => wholeTimeOf(job)],
    ['Chunks done', ({ kept: { job } }) => `${formatCount(job.completed_chunks)} of ${formatCount(job.total_chunks)}`],
    ['Chunks dead', ({ kept: { job } }) => formatCount(job.failed_chunks)],
    ['Retries', ({ kept: { job } }) => formatCount(job.retries)],
    ['Requeues', ({ kept: { job } }) => formatCount(job.round ?? 0)],
    ['Workers', ({ kept: { job } }) => formatCount(Object.keys(job.workers).length)],
    ['Slots at once', ({ profile }) => profile && `${formatCount(profile.slots.used)} of ${formatCount(profile.slots.live)}`],
    ['Busy, all slots together', ({ profile }) => profile && formatDuration(profile.slots.busy_sec)],
    ['Median a chunk', ({ profile }) => secondsText(profile?.chunk_sec?.median)],
    ['95 of 100 chunks, at most', ({ profile }) => secondsText(profile?.chunk_sec?.p95)],
    ['Submitted', ({ kept: { job } }) => formatDateTime(job.created_at)],
  ];
  return figures.map(([name, of]) => {
    const [left, right] = [of(one) ?? '–', of(other) ?? '–'];
    return { name, one: left, other: right, differs: left !== right };
  });
}

function secondsText(sec: number | undefined): string | null {
  return sec === undefined ? null : formatDuration(sec);
}

function wholeTimeOf({ created_at: from, finished_at: to }: FinishedJob): string | null {
  return to === null ? null : formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)) / 1_000);
}

export interface ComparedPart {
  part: string;
  what: string;
  /** Seconds; null where it was not measured. */
  one: number | null;
  other: number | null;
}

/** Seconds of each part of their time, the one that differs most first; empty where neither was measured. */
export function partsOf(one: JobProfile | null, other: JobProfile | null): ComparedPart[] {
  const parts = new Map<string, ComparedPart>();
  for (const [side, profile] of [['one', one] as const, ['other', other] as const])
    for (const { part, what, sec } of profile?.parts ?? []) {
      const row = parts.get(part) ?? { part, what, one: one && 0, other: other && 0 };
      parts.set(part, { ...row, [side]: sec });
    }
  const gap = (row: ComparedPart) => Math.abs((row.one ?? 0) - (row.other ?? 0));
  return [...parts.values()].sort((left, right) => gap(right) - gap(left));
}

/** What its kept dead chunks failed with, most frequent first. */
export function causesOf({ failures }: KeptJob): { message: string; chunks: number }[] {
  const counts = new Map<string, number>();
  for (const { error, begin, end } of failures) counts.set(error.message, (counts.get(error.message) ?? 0) + end - begin);
  return [...counts].map(([message, chunks]) => ({ message, chunks })).sort((one, other) => other.chunks - one.chunks);
}

/** Less than this, and they are taken for equally fast. */
const noticed = 1.05;

/** One sentence: which was faster, and whether the same came out. */
export function comparedSentence(one: FinishedJob, other: FinishedJob): string {
  return [fasterSentence(one.duration_sec, other.duration_sec), resultSentence(one, other)].filter(Boolean).join(' ');
}

function fasterSentence(one: number | null, other: number | null): string {
  if (one === null || other === null || Math.min(one, other) === 0) return '';
  const [quick, slow] = [Math.min(one, other), Math.max(one, other)];
  if (slow / quick < noticed) return `Both took about ${formatDuration(slow)}.`;
  const times = slow / quick;
  const factor = times < 9.95 ? times.toFixed(1) : formatCount(Math.round(times));
  return `The ${other < one ? 'second' : 'first'} was ${factor} × as fast: ${formatDuration(quick)} instead of ${formatDuration(slow)}.`;
}

function resultSentence(one: FinishedJob, other: FinishedJob): string {
  switch (resultsAre(one, other)) {
    case 'equal':
      return 'Their results are equal.';
    case 'different':
      return isSameWork(one, other) ? 'Their results differ, though their parameters are the same.' : 'Their results differ.';
    case 'unknown':
      return 'Their results are not in history, and are not compared.';
    case 'none':
      return one.status === other.status ? '' : 'Only one of them completed.';
  }
}

/** The result of one in few characters, or why there is none. */
export function resultText(job: FinishedJob): string {
  if (job.status !== 'completed') return job.error?.message ?? job.detail ?? '–';
  if (job.stored) return `${formatBytes(job.stored.bytes)}, a file`;
  if (job.output === 'lines') return `${formatCount(job.completed_chunks)} lines`;
  return formatResult(job.result);
}
