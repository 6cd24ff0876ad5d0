/** Hands the demo's job in, draws it to its end and prints the answer. */
import type { JobView } from '@manyhands/proto';
import { ApiProblem, type Client } from '@manyhands/sdk';
import { Refusal } from '../refusal.ts';
import type { DemoOptions } from './options.ts';
import { duration } from '@manyhands/observe/progress';
import { ProgressPrinter, type Output } from './progress-printer.ts';

export interface JobRun {
  client: Pick<Client, 'submit' | 'watch' | 'cancel'>;
  url: string;
  options: Pick<DemoOptions, 'kind' | 'params' | 'chunks'>;
  output: Output;
  /** Cancels the job. */
  signal: AbortSignal;
}

/**
 * Returns the exit code: 0 when the job completed, 1 when it did not, 130 when it was interrupted. Throws a refusal when the API
 * does not take the job.
 */
export async function runJob({ client, url, options, output, signal }: JobRun): Promise<number> {
  const { kind, params, chunks } = options;
  const { job_id: jobId } = await client.submit({ kind, params, chunks }).catch(refusalOf);
  output.write(`${kind}(${params.n}) in ${chunks} chunks: ${url}/jobs/${jobId}\n`);
  const printer = new ProgressPrinter(output);
  let last: JobView | undefined;
  try {
    for await (const view of client.watch(jobId, { signal })) {
      last = view;
      printer.show(view);
    }
  } catch (error) {
    printer.end();
    if (!signal.aborted) throw error;
    await client.cancel(jobId);
    output.write('Interrupted; the job is cancelled.\n');
    return 130;
  }
  printer.end();
  output.write(outcomeOf(last));
  return last?.status === 'completed' ? 0 : 1;
}

function refusalOf(error: unknown): never {
  throw error instanceof ApiProblem ? new Refusal(`The job was refused: ${error.message}`) : error;
}

function outcomeOf(view: JobView | undefined): string {
  if (view?.status === 'completed') {
    const result = typeof view.result === 'string' ? view.result : JSON.stringify(view.result);
    return `Result: ${result}\nTime:   ${view.duration_sec === null ? 'unknown' : preciseDuration(view.duration_sec)}\n`;
  }
  if (!view) return 'The job ended, but its last state was not seen.\n';
  return `The job is ${view.status}${view.error ? `: ${view.error.message}` : ''}.${view.detail ? ` ${view.detail}` : ''}\n`;
}

function preciseDuration(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(2)} s` : duration(seconds);
}
