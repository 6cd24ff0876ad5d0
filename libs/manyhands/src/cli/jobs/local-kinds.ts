/** Kinds of this folder, loaded into this process: no worker and no system takes part. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findKindModules, loadKinds, type KindCard, type Task } from '@manyhands/worker';
import type { Kind } from '@manyhands/sdk';
import { CommandEnd, EXIT, usage } from '../exit.ts';
import { MODULES_DEFAULT } from '../commands/dev.ts';
import { jobParams } from '../params/job-params.ts';

export interface LocalKind {
  task: Task;
  card: KindCard;
}

/** All of them, or the one that is named. Throws a sentence. */
export async function localKinds(cwd: string, modules = MODULES_DEFAULT, name?: string): Promise<LocalKind[]> {
  const loaded = await orSentence(EXIT.usage, () => loadKinds(findKindModules([modules], cwd)));
  if (name === undefined) return [...loaded.values()];
  const found = loaded.get(name);
  if (!found) throw usage(`There is no kind "${name}" in ${modules}. There are: ${[...loaded.keys()].join(', ')}.`);
  return [found];
}

/** What task code, or its module, throws, as the sentence it is. */
export async function orSentence<T>(code: CommandEnd['code'], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CommandEnd(code, error instanceof Error ? error.message : String(error));
  }
}

/** Those of the command line; undefined when there are none, so that the example of the kind is taken. */
export function localParams({ card }: LocalKind, stated: string | undefined, tokens: readonly string[], cwd: string): unknown {
  if (stated === undefined && tokens.length === 0) return undefined;
  return jobParams({ kind: card.name, params_schema: card.params } as unknown as Kind, stated, tokens, cwd);
}

/** What the file holds for a kind that takes an input. Throws a sentence. */
export function localInput(
  { task }: LocalKind,
  file: string | undefined,
  cwd: string,
): { items?: unknown[]; bytes?: Uint8Array } {
  const { name, input } = task;
  if (!input) {
    if (file !== undefined) throw usage(`${name} computes no items: its chunks are cut by number. Leave ${file} out.`);
    return {};
  }
  if (file === undefined) throw usage(`${name} takes ${input.form}: name a file of them.`);
  const content = contentOf(file, cwd);
  if (input.form === 'bytes') return { bytes: content };
  // As a system reads it: a byte order mark is no part of it, and an empty line is no record.
  const text = content.toString('utf8').replace(/^\ufeff/, '');
  if (input.form === 'table' && !/^\s*[[{]/.test(text)) return { bytes: content };
  const lines = text.split(/\r?\n/);
  if (input.form === 'lines') return { items: lines.filter((line) => line !== '') };
  if (text.trimStart().startsWith('[')) return { items: jsonOf(text, file) as unknown[] };
  return {
    items: lines.flatMap((line, index) => (line.trim() === '' ? [] : [jsonOf(line, `line ${index + 1} of ${file}`)])),
  };
}

function contentOf(file: string, cwd: string): Buffer {
  try {
    return readFileSync(resolve(cwd, file));
  } catch (error) {
    throw usage(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(
      `${where} is not JSON: ${(error as Error).message}. Here records are JSON, one a line or one array; a system reads CSV too.`,
    );
  }
}
