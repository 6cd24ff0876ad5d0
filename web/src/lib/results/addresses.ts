/** Where files of a job are, for links that store them: what is large goes by the browser, not through the page. */
import type { ResultsFormat } from '@manyhands/sdk';

export const resultsFiles: readonly { format: ResultsFormat; name: string; about: string }[] = [
  { format: 'lines', name: 'NDJSON', about: 'a line for each item, with its index' },
  { format: 'csv', name: 'CSV', about: 'with a column for the index' },
  { format: 'json', name: 'JSON', about: 'one array' },
  { format: 'bare', name: 'Bare', about: 'NDJSON of the outputs alone' },
];

export function resultsAddress(jobId: string, format: ResultsFormat): string {
  return `/v1/jobs/${encodeURIComponent(jobId)}/results?format=${format}`;
}

export function failuresAddress(jobId: string): string {
  return `/v1/jobs/${encodeURIComponent(jobId)}/failures`;
}

/** Of a file that its task code left. */
export function fileAddress(jobId: string, name: string): string {
  return `/v1/jobs/${encodeURIComponent(jobId)}/files/${encodeURIComponent(name)}`;
}

export function answerAddress(jobId: string): string {
  return `/v1/jobs/${encodeURIComponent(jobId)}/result`;
}
