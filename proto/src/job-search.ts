/**
 * What finds a job by words: the same rule in the gateway, which searches all jobs, and in the dashboard, which keeps a list right while jobs change. Imports nothing,
 * so that a browser can load it alone (`@manyhands/proto/job-search`).
 */

/** What of a job's view is searched; its id and its kind are too. */
export interface Searched {
  params?: object;
  tags?: Readonly<Record<string, string>> | undefined;
  error?: { code: string; message: string } | null;
  detail?: string | null;
}

/** Characters that are searched of its params, of its tags, and of its error: the text of many jobs is kept in memory. */
export const searchedCharsMax = 256;

/** The text that is searched, in lower case: params as JSON without quotes, tags as `name=value`, what it failed with. */
export function searchedText({ params = {}, tags = {}, error, detail }: Searched): string {
  const parts = [
    JSON.stringify(params).replaceAll('"', ''),
    Object.entries(tags)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    error ? `${error.code} ${error.message}` : (detail ?? ''),
  ];
  return parts
    .map((part) => part.slice(0, searchedCharsMax))
    .join('\n')
    .toLowerCase();
}

/** The words of what was typed. Quotes are dropped, and what groups the digits of a number, as numbers are shown. */
export function wordsOf(typed: string): string[] {
  return typed
    .toLowerCase()
    .replaceAll('"', '')
    .replaceAll(/(?<=\d),(?=\d{3})/g, '')
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Whether each word is somewhere in the job. */
export function isFound(words: readonly string[], jobId: string, kind: string, text: string): boolean {
  return words.every((word) => text.includes(word) || kind.includes(word) || jobId.includes(word));
}
