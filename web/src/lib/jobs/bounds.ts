/** What a job may be bounded by and found by, and whom it notifies, between the fields of a form and the API. Pure. */
import type { MaxFailed, Tags } from '@manyhands/proto';
import { limits } from '@manyhands/proto/limits';
import type { Trying } from '../api.ts';
import { formatCount } from '../format.ts';
import { notifyOf, usualNotify, type NotifyChoice } from './notify.ts';

/** As they are written; an empty field asks for nothing. */
export interface BoundsChoice extends NotifyChoice {
  atOnce: number | null | undefined;
  /** `10`, or `5 %`. */
  maxFailed: string;
  /** Lines of `name=value`; JSON where they cannot be told apart so. */
  tags: string;
}

export const usualBounds: BoundsChoice = { atOnce: undefined, maxFailed: '', tags: '', ...usualNotify };

export function boundsOf(choice: BoundsChoice): Pick<Trying, 'at_once' | 'max_failed' | 'tags' | 'notify'> {
  const { atOnce, maxFailed, tags } = choice;
  const failed = maxFailedFrom(maxFailed);
  const named = tagsFrom(tags);
  return {
    ...(atOnce != null && { at_once: atOnce }),
    ...(failed && { max_failed: failed }),
    ...(named && Object.keys(named).length > 0 && { tags: named }),
    ...notifyOf(choice),
  };
}

export function boundsSummary(choice: BoundsChoice): string[] {
  const { at_once: atOnce, max_failed: failed, tags, notify } = boundsOf(choice);
  const count = Object.keys(tags ?? {}).length;
  return [
    ...(atOnce === undefined ? [] : [`${formatCount(atOnce)} at once`]),
    ...(failed === undefined ? [] : [`up to ${choice.maxFailed.trim()} dead`]),
    ...(count === 0 ? [] : [`${count} ${count === 1 ? 'tag' : 'tags'}`]),
    ...(notify === undefined ? [] : ['a webhook']),
  ];
}

export function maxFailedText(failed: MaxFailed): string {
  // Rounded, as 0.07 × 100 is a little more than 7.
  return 'count' in failed ? String(failed.count) : `${Number((failed.share * 100).toPrecision(12))} %`;
}

/** Null: it is neither a number of chunks nor a share of them. */
function maxFailedFrom(text: string): MaxFailed | null {
  const [, number, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim()) ?? [];
  if (number === undefined) return null;
  const value = Number(number);
  if (percent) return value <= 100 ? { share: Number((value / 100).toPrecision(12)) } : null;
  return Number.isInteger(value) && value <= limits.chunkCountMax ? { count: value } : null;
}

export function maxFailedProblem(text: string): string | null {
  return text.trim() === '' || maxFailedFrom(text) ? null : 'Must be a number of chunks, such as 10, or a share, such as 5 %.';
}

/** Null: it cannot be read. */
export function tagsFrom(text: string): Tags | null {
  if (text.trim().startsWith('{')) return tagsFromJson(text);
  const tags: [string, string][] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, name, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || name.trim() === '') return null;
    tags.push([name.trim(), value.trim()]);
  }
  return Object.fromEntries(tags);
}

function tagsFromJson(text: string): Tags | null {
  try {
    const given = JSON.parse(text) as Record<string, unknown>;
    return Object.values(given).every((value) => typeof value === 'string') ? (given as Tags) : null;
  } catch {
    return null;
  }
}

/** Reads back as the same tags. */
export function tagsText(tags: Tags): string {
  const lines = Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
  return JSON.stringify(tagsFrom(lines)) === JSON.stringify(tags) ? lines : JSON.stringify(tags);
}

export function tagsProblem(text: string): string | null {
  const tags = tagsFrom(text);
  if (!tags) return 'Must be a name and a value a line, such as team=blue.';
  if (Object.keys(tags).length > limits.tagsMax)
    return `Must be at most ${limits.tagsMax}; these are ${Object.keys(tags).length}.`;
  const long = Object.entries(tags)
    .flat()
    .find((part) => part.length > limits.tagCharsMax);
  return long === undefined
    ? null
    : `Names and values have at most ${limits.tagCharsMax} characters: “${long.slice(0, 20)}…” has ${long.length}.`;
}
