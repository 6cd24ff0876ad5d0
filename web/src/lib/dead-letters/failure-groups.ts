/**
 * Failures that have one cause together: the same error but for what differs from chunk to chunk. Pure.
 *
 * Invariant: every failure is in exactly one group, and its order among the others stays.
 */
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

/** What may differ between failures of one cause: addresses, quotes, ids, numbers. The longer come first: numbers do not cut an address up. */
const differing = new RegExp(
  [
    /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'`<>]+/,
    /"[^"]*"|`[^`]*`|“[^”]*”|(?<!\w)'[^']*'(?!\w)/,
    /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/,
    /\b0x[0-9a-f]+\b/,
    /\b(?=[a-f]*\d)[0-9a-f]{8,}\b/,
    /\d+(?:[.,:]\d+)*/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gi',
);

/** The message with … for what may differ: addresses, quotes, ids, numbers. */
export function patternOf(message: string): string {
  return withoutRepeats(message.replace(differing, '…'));
}

function withoutRepeats(text: string): string {
  return text.replace(/…(?:[\s,]*…)+/g, '…');
}

/** The groups, those with most failures first. */
export function failureGroups<Failure extends Failed>(failures: readonly Failure[]): FailureGroup<Failure>[] {
  const groups = Map.groupBy(failures, ({ error }) => `${error.code} ${patternOf(error.message)}`);
  return [...groups]
    .map(([key, own]) => ({ key, code: own[0]?.error.code ?? '', message: sharedMessage(own), failures: own }))
    .sort((a, b) => b.failures.length - a.failures.length);
}

/** What all of them say: a number or an address that is the same in each stays. */
function sharedMessage(failures: readonly Failed[]): string {
  const [first = '', ...others] = failures.map(({ error }) => error.message);
  const parts = [...new Set(others)].map((message) => message.match(differing) ?? []);
  const own = first.match(differing) ?? [];
  // Lists of another length: which part stands for which is not known.
  if (parts.some(({ length }) => length !== own.length)) return patternOf(first);
  let at = -1;
  return withoutRepeats(
    first.replace(differing, (part) => {
      at += 1;
      return parts.every((each) => each[at] === part) ? part : '…';
    }),
  );
}
