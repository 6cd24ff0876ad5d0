/** What a person chooses as the input of a new job, and what is wrong with it. Pure. */
import type { InputForm } from '@manyhands/proto';
import { limits } from '@manyhands/proto/limits';
import { formatBytes } from '../format.ts';
import { itemCount } from './input-form.ts';

export interface InputChoice {
  by: 'file' | 'text' | 'earlier';
  file: File | null;
  text: string;
  form: InputForm;
  /** Of the job that is run again. */
  earlier: { id: string; records: number } | null;
}

export function inputProblem({ by, file, text }: InputChoice): string | null {
  if (by === 'earlier') return null;
  if (by === 'text') return text.trim() === '' ? 'Paste the items, or choose a file.' : null;
  if (!file) return 'Choose a file, or paste the items.';
  return file.size > limits.inputBytesMax ? `The file is larger than ${formatBytes(limits.inputBytesMax)}: split it.` : null;
}

/** How many records it has, as far as that is known before it is sent. */
export function knownCount({ by, text, form, earlier }: InputChoice): number | null {
  if (by === 'earlier') return earlier?.records || null;
  return by === 'text' ? itemCount(text, form) || null : null;
}
