/** Which trace something belongs to and what it is a part of there: `traceparent` of W3C Trace Context. Pure, but for new ids. */
import { createHash, randomBytes } from 'node:crypto';

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: of the span that what follows is a part of. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

export function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

export function newSpanId(): string {
  return randomBytes(8).toString('hex');
}

/** The id of a span that several processes must know, and which one of them, or after a crash two, write: of what it is about. */
export function derivedSpanId(traceId: string, about: string): string {
  return createHash('sha256').update(`${traceId} ${about}`).digest('hex').slice(0, 16);
}

export function traceparentOf({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/** Undefined for what is none. Of a later version the first parts are read, as the standard asks. */
export function readTraceparent(text: string | undefined): TraceContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & 1) === 1 };
}

/** Whether a number of 0 to 1 that is made of the text is below the ratio: the same answer wherever it is asked. */
export function isWithin(text: string, ratio: number): boolean {
  if (ratio >= 1) return true;
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32 < ratio;
}
