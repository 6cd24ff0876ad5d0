/** `manyhands files ls` and `files get`: the files that the task code of a job left. */
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { JobFile } from '@manyhands/sdk';
import type { Command } from 'commander';
import { jobIdOf } from '../jobs/job-id.ts';
import { toItsEnd } from '../jobs/whole-answer.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { client, world } = session;
  const [job = '-', ...names] = command.args;
  const jobId = await jobIdOf(job, session, world.interrupt);
  if (command.name() === 'get') return get(session, jobId, names, command.opts<{ to?: string }>().to);
  const files: JobFile[] = [];
  for await (const file of client.eachFile(jobId, { signal: world.interrupt })) files.push(file);
  if (session.json) return session.printJson(files);
  await session.printTable(
    ['FILE', 'BYTES', 'TYPE'],
    files.map(({ name, bytes, type }) => [name, String(bytes), type]),
    'The job has left no files.',
  );
}

/** One to standard output; several, or all of them, into a folder. */
async function get(session: Session, jobId: string, names: readonly string[], to: string | undefined): Promise<void> {
  const { client, world } = session;
  const { interrupt: signal } = world;
  const again = `manyhands files get ${jobId}`;
  if (names.length === 1 && to === undefined) {
    const content = await client.file(jobId, names[0]!, { signal });
    for await (const piece of toItsEnd(content, signal, `${again} ${names[0]}`)) await session.print(piece);
    return;
  }
  const folder = resolve(world.cwd, to ?? `files-${jobId}`);
  mkdirSync(folder, { recursive: true });
  const wanted = names.length > 0 ? names.map((name) => ({ name })) : client.eachFile(jobId, { signal });
  let count = 0;
  for await (const { name } of wanted) {
    const content = await client.file(jobId, name, { signal });
    await store(toItsEnd(content, signal, `${again} ${name}`), join(folder, name), signal);
    count += 1;
  }
  session.note(`${count} ${count === 1 ? 'file' : 'files'} in ${folder}`);
}

/** A file of this name is there once it is whole. */
async function store(content: AsyncIterable<Uint8Array>, file: string, signal: AbortSignal): Promise<void> {
  const part = `${file}.part`;
  try {
    await pipeline(content, createWriteStream(part), { signal });
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}
