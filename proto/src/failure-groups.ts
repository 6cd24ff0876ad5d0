/**
 * Failures that have one cause together: the same error but for what differs from chunk to chunk. The same rule in the gateway, which groups the dead letters of all
 * jobs, and in the dashboard, which groups those of one. Pure, and imports nothing but spans, so that a browser can load it alone (`@manyhands/proto/failure-groups`).
 *
 * Invariant: every failure is in exactly one group, and its order among the others stays.
 */
export { chunksIn, spansOf, type Span } from './spans.ts';

export interface FailureGroup<Failure> {
  /** Differs from group to group. */
  key: string;
  code: string;
  /** The message they share, with … for what differs. */
  message: string;
  failures: Failure[];
}

interface Failed {
  error: { code: string; message: string };
}

/** Takes failures one by one, so that many can be grouped a part at a time. */
interface Grouping<Failure> {
  add: (failure: Failure) => void;
  /** Those with most failures first. */
  groups: () => FailureGroup<Failure>[];
}

/**
 * What may differ between failures of one cause: addresses, quotes, ids, numbers. The longer come first: numbers do not cut an address up. A … counts as
 * part of a word: what stands beside a number is read in the same way once that is masked.
 */
const differing = new RegExp(
  [
    /(?<![\w…])[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'`<>…]+/,
    /"[^"]*"|`[^`]*`|“[^“”]*”|(?<![\w…])'[^']*'(?![\w…])/,
    /(?<![\w…])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w…])/,
    /\b0x[0-9a-f]+\b/,
    /\b(?=[a-f]*\d)[0-9a-f]{8,}\b/,
    /(?<!\d)\d+(?:[.,:]\d+)*/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gi',
);

/** What a coordinator writes before the error of a dead chunk: which it is, and how often it was tried (`deathOf`). */
const ofOneChunk = /^(?:Chunk|Item) \d+ (?:failed \d+ times?|cannot be computed): /;

/** What went wrong, without the chunk that it went wrong with. */
export function bareMessage(message: string): string {
  return message.replace(ofOneChunk, '');
}

/** What went wrong, with … for what may differ: addresses, quotes, ids, numbers. */
export function patternOf(message: string): string {
  return apart(message).pattern;
}

/** What two failures have in common exactly when they have one cause. */
export function causeOf({ code, message }: Failed['error']): string {
  return `${code} ${patternOf(message)}`;
}

/** The groups, those with most failures first. */
export function failureGroups<Failure extends Failed>(failures: readonly Failure[]): FailureGroup<Failure>[] {
  const grouping = groupingOf<Failure>();
  for (const failure of failures) grouping.add(failure);
  return grouping.groups();
}

interface Gathered<Failure> {
  code: string;
  pattern: string;
  /** The message of the first, and what may differ in it. */
  first: string;
  parts: readonly string[];
  /** Which of the parts are the same in all of them. Undefined: their lists have another length, and which part stands for which is not known. */
  same: boolean[] | undefined;
  failures: Failure[];
}

export function groupingOf<Failure extends Failed>(): Grouping<Failure> {
  const all = new Map<string, Gathered<Failure>>();
  return {
    add(failure) {
      const { code, message } = failure.error;
      const { bare, pattern, parts } = apart(message);
      const key = `${code} ${pattern}`;
      const group = all.get(key);
      if (group === undefined)
        return void all.set(key, { code, pattern, first: bare, parts, same: parts.map(() => true), failures: [failure] });
      group.failures.push(failure);
      if (parts.length !== group.parts.length) group.same = undefined;
      for (const [at, part] of parts.entries()) if (group.same?.[at] && part !== group.parts[at]) group.same[at] = false;
    },
    groups: () =>
      [...all]
        .map(([key, group]) => ({ key, code: group.code, message: sharedMessage(group), failures: group.failures }))
        .sort((a, b) => b.failures.length - a.failures.length),
  };
}

/** A message with … for what may differ, and what that is. */
function apart(message: string): { bare: string; pattern: string; parts: string[] } {
  const bare = bareMessage(message);
  const parts: string[] = [];
  const masked = bare.replace(differing, (part) => {
    parts.push(part);
    return '…';
  });
  return { bare, pattern: withoutRepeats(masked), parts };
}

function withoutRepeats(text: string): string {
  return text.replace(/…(?:[\s,]*…)+/g, '…');
}

/** What all of them have: a number or an address that is the same in each stays. */
function sharedMessage({ first, pattern, same }: Gathered<unknown>): string {
  if (same === undefined) return pattern;
  let at = -1;
  return withoutRepeats(
    first.replace(differing, (part) => {
      at += 1;
      return same[at] ? part : '…';
    }),
  );
}
