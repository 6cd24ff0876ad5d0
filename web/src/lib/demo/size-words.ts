/** How large a job over the numbers up to `n` is, as a person reads it. Pure. */
import { formatCount } from '../format.ts';

/** `8 chunks`. */
export function chunkWords(chunks: number): string {
  return `${formatCount(chunks)} ${chunks === 1 ? 'chunk' : 'chunks'}`;
}

/** `of 1,250 numbers each.`; empty where no chunk has one, or `n` is no whole number. */
export function sizeWords(n: number | null, chunks: number): string {
  if (n === null || !Number.isInteger(n) || n < chunks) return '';
  const each = Math.round(n / chunks);
  const numbers = `${formatCount(each)} ${each === 1 ? 'number' : 'numbers'}`;
  return `of ${n % chunks === 0 ? '' : 'about '}${numbers}${chunks === 1 ? '' : ' each'}.`;
}
