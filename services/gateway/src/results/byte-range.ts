/** Reads `Range` (RFC 9110 §14): which bytes of a download are asked for. Pure. */

export interface ByteRange {
  readonly from: number;
  readonly bytes: number;
}

/**
 * Undefined: all of them are sent, because no range is asked for, or one in a form that need not be known (several ranges, another unit, nonsense).
 * `unsatisfiable`: none of the bytes is there.
 */
export function byteRangeOf(header: string | undefined, length: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(' ', '') ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const bytes = Math.min(Number(last), length);
    return bytes === 0 ? 'unsatisfiable' : { from: length - bytes, bytes };
  }
  const [from, through] = [Number(first), last === '' ? length - 1 : Math.min(Number(last), length - 1)];
  if (last !== '' && Number(last) < from) return undefined;
  return from >= length ? 'unsatisfiable' : { from, bytes: through - from + 1 };
}
