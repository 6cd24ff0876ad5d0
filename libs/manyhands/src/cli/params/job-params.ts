/** The parameters of a submission: `--params '{…}'` or `--params @file.json`, and over them the options that the kind's schema names. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandEnd, usage } from '../exit.ts';
import type { Kind } from '@manyhands/sdk';
import { exactJson } from './exact-json.ts';
import { paramsFromFlags, type JsonSchema, type Params } from './param-flags.ts';

/** Throws a sentence when they cannot be read. */
export function jobParams(kind: Kind, stated: string | undefined, tokens: readonly string[], cwd: string): Params {
  const base = stated === undefined ? {} : paramsOf(stated, cwd);
  return { ...base, ...paramsFromFlags(tokens, kind.params_schema as JsonSchema, kind.kind) };
}

function paramsOf(stated: string, cwd: string): Params {
  const text = stated.startsWith('@') ? fileText(stated.slice(1), cwd) : stated;
  let value: unknown;
  try {
    value = exactJson(text, '--params');
  } catch (error) {
    if (error instanceof CommandEnd) throw error;
    throw usage(
      `--params is not valid JSON: ${(error as Error).message}. Write it like --params '{"width": 640}', or --params @file.json`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usage(`--params must be a JSON object, like '{"width": 640}'.`);
  return value as Params;
}

function fileText(file: string, cwd: string): string {
  try {
    // Editors of Windows put a byte order mark in front.
    return readFileSync(resolve(cwd, file), 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw usage(`--params @${file} cannot be read: ${(error as Error).message}`);
  }
}
