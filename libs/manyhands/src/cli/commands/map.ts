/** `manyhands map`: uploads a file of items, computes each of them, and prints the lines of the results in their order. */
import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { InputForm } from '@manyhands/proto';
import type { ResultsFormat } from '@manyhands/sdk';
import type { Command } from 'commander';
import { usage } from '../exit.ts';
import { followJob } from '../jobs/follow.ts';
import { inputFormOf } from '../jobs/input-form.ts';
import { exitOfJob, outcomeOf } from '../jobs/outcome.ts';
import { printResults } from '../jobs/print-results.ts';
import { settingsOfJob, type SubmissionOptions } from '../jobs/submission.ts';
import { readTimeLimit } from '../jobs/time-limit.ts';
import { jobParams } from '../params/job-params.ts';
import { findKind } from '../params/kind-choice.ts';
import type { Session } from '../session.ts';

interface Options extends SubmissionOptions {
  form?: InputForm;
  format?: ResultsFormat;
  params?: string;
  detach?: boolean;
  timeout?: string;
  allowFailures?: boolean;
  key?: string;
}

export async function run(session: Session, command: Command): Promise<void> {
  const options = command.opts<Options>();
  const [name = '', file = '', ...tokens] = command.args;
  const timeoutMs = options.timeout === undefined ? undefined : readTimeLimit(options.timeout);
  const settings = settingsOfJob(options);
  const { client, world } = session;
  const signal = world.interrupt;
  const kind = await findKind(client, name, signal);
  if (kind.input === undefined)
    throw usage(`${name} computes no items: its chunks are cut by number. Run it: manyhands run ${name}`);
  const params = jobParams(kind, options.params, tokens, world.cwd);
  const contents = new Contents(streamOf(session, file), file === '-' ? 'standard input' : file);
  const { input_id: input, records } = await client
    .upload(contents.stream, { form: inputFormOf(options.form, file, kind.input.form), kind: kind.kind, signal })
    .catch((error: unknown) => {
      throw contents.failure ?? error;
    });
  const accepted = await client.submit(
    { kind: name, params, input, ...settings },
    {
      idempotencyKey: options.key,
      signal,
    },
  );
  const { job_id: jobId } = accepted;
  session.remember(jobId);
  if (options.detach) return session.json ? session.printJson(accepted) : session.print(`${jobId}\n`);
  session.note(`${name}: job ${jobId}, ${records.toLocaleString('en')} ${records === 1 ? 'record' : 'records'}`);
  const following = await followJob(session, jobId, { timeoutMs });
  if (!following.ended) return;
  const { view } = following;
  if (view?.status === 'completed') await printResults(session, view, options.format);
  session.note(outcomeOf(view, jobId));
  session.exitCode = exitOfJob(view, options.allowFailures);
}

/** What is sent while it is read, so that a large file is never in memory. */
class Contents {
  /** Why it could not be read to its end: `fetch` answers any failure of a body as if no server were there. */
  failure: Error | undefined;
  readonly stream: ReadableStream<Uint8Array>;
  #isLeft = false;

  /** `name`: as it is called in sentences. */
  constructor(source: Readable, name: string) {
    const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      try {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        if (!this.#isLeft) this.failure = usage(`${name} cannot be read: ${(error as Error).message}`);
        throw error;
      }
    };
    const cancel = (): void => {
      this.#isLeft = true;
      source.destroy();
    };
    this.stream = new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  }
}

function streamOf(session: Session, file: string): Readable {
  const { cwd, stdin } = session.world;
  if (file === '-') {
    if (stdin.isTTY) session.note('Reading items from the terminal; Ctrl-D ends them.');
    return stdin;
  }
  const path = resolve(cwd, file);
  try {
    if (!statSync(path).isFile()) throw usage(`${file} is no file.`);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? usage(`There is no file ${path}.`) : error;
  }
  return createReadStream(path);
}
