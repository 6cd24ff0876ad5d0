/**
 * Fills `{{…}}` in what a job states of its requests. Pure.
 *
 * `{{item}}` is the item, `{{item.user.0.id}}` a value in it, `{{index}}` its number, `{{job}}` the job's id; `{{secret.NAME}}`, in headers alone, a secret of the worker.
 */
import { ComputeRefused } from '@manyhands/worker/task';

export interface Facts {
  item: unknown;
  index: number;
  job: string;
  /** Absent where none may stand. */
  secret?: (name: string) => string;
}

const PLACEHOLDER = /\{\{([^{}]{1,200})\}\}/g;
/** In a body of JSON also what begins and ends a string, and what does not end one. */
const JSON_PIECE = /\{\{([^{}]{1,200})\}\}|\\["\\]|"/g;

/** What begins the address is taken as it is, so that an item may be an address; what follows is one part of it, whatever it holds. */
export function fillAddress(template: string, facts: Facts): string {
  return filled(template, facts, (value, name, at) => {
    const text = textOf(value, name);
    if (at === 0) return text;
    const part = encodeURIComponent(text.toWellFormed());
    if (part === '.' || part === '..') throw new ComputeRefused(`{{${name}}} is "${part}", which would lead to another address`);
    return part;
  });
}

export function fillHeader(template: string, facts: Facts): string {
  const text = filled(template, facts, textOf);
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) throw new ComputeRefused('a header must be one line of Latin letters');
  return text.trim();
}

/**
 * Of JSON a value is JSON, and between quotes what stands between the quotes of a string: `{"name": {{item.name}}, "text": "Hello {{item.name}}"}` is JSON whatever the name
 * is. Of other text it is text.
 */
export function fillBody(template: string, facts: Facts, isJson: boolean): string {
  if (!isJson) return filled(template, facts, textOf);
  let isInQuotes = false;
  return template.replace(JSON_PIECE, (piece: string, inside: string | undefined) => {
    if (inside === undefined) {
      if (piece === '"') isInQuotes = !isInQuotes;
      return piece;
    }
    const name = inside.trim();
    const value = valueOf(name, facts);
    return isInQuotes ? JSON.stringify(textOf(value, name)).slice(1, -1) : JSON.stringify(value ?? null);
  });
}

function filled(template: string, facts: Facts, written: (value: unknown, name: string, at: number) => string): string {
  return template.replace(PLACEHOLDER, (_all, inside: string, at: number) => {
    const name = inside.trim();
    return written(valueOf(name, facts), name, at);
  });
}

function valueOf(name: string, { item, index, job, secret }: Facts): unknown {
  const [first, ...path] = name.split('.');
  if (first === 'index' && path.length === 0) return index;
  if (first === 'job' && path.length === 0) return job;
  if (first === 'secret' && path.length > 0) {
    if (secret === undefined) throw new ComputeRefused(`{{${name}}} may stand in a header only`);
    return secret(path.join('.'));
  }
  if (first !== 'item') throw new ComputeRefused(`{{${name}}} is nothing that is known: use item, item.<field>, index or job`);
  let value = item;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key))
      throw new ComputeRefused(`the item has no ${path.join('.')}`);
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ComputeRefused(
    `{{${name}}} is no text and no number; only in a body of JSON, and without quotes, may it be anything`,
  );
}
