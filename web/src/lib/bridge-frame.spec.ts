import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobIdOf, readFrame } from './bridge-frame.ts';

describe('readFrame', () => {
  it('splits the head from the value at the first line end', () => {
    const frame = readFrame('{"topic":"job","key":"local.1","revision":17}\n{"detail":"a\\nb"}\n');
    expect(frame).toEqual({ head: { topic: 'job', key: 'local.1', revision: 17 }, value: '{"detail":"a\\nb"}\n' });
  });

  it('reads a key that is gone as an empty value', () => {
    expect(readFrame('{"topic":"workers","key":"w1","revision":9}\n')?.value).toBe('');
    expect(readFrame('{"topic":"ready","key":"jobs","revision":0}')?.value).toBe('');
  });

  it('drops what is no frame', () => {
    for (const text of ['', '\n', 'hello', 'null\n{}', '{}\n{}', '{"topic":7}\n']) expect(readFrame(text)).toBeNull();
  });

  it('hands any value over untouched', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (value, revision) => {
        const text = `${JSON.stringify({ topic: 'stats', key: 'queues', revision })}\n${value}`;
        expect(readFrame(text)).toEqual({ head: { topic: 'stats', key: 'queues', revision }, value });
      }),
    );
  });
});

describe('jobIdOf', () => {
  it('takes the last word of a key', () => {
    expect(jobIdOf('local.0199-a')).toBe('0199-a');
    expect(jobIdOf('0199-a')).toBe('0199-a');
  });
});
