import { describe, expect, it } from 'vitest';
import { againAddress, againOf, usualTrying } from './run-again.ts';
import { tryingOf } from './trying.ts';

const job = { kind: 'primes', params: { n: 5, tags: ['a&b', '=?'] }, total_chunks: 12, priority: 'high' } as const;
const read = (address: string) => againOf(new URLSearchParams(address.slice(2)));

describe('run again', () => {
  it('keeps everything that was asked for', () => {
    const options = { on_dead_chunk: 'continue', max_attempts: 1, soft_limit_sec: 0.5, hard_limit_sec: 7 } as const;
    const again = read(againAddress({ ...job, params: { ...job.params }, ...options }));
    expect(again).toMatchObject({ kind: 'primes', params: job.params, chunks: 12, priority: 'high' });
    expect(tryingOf(again.trying)).toEqual(options);
  });

  it('is the usual where nothing was asked for', () => {
    const again = read(againAddress({ ...job, params: {} }));
    expect(again.trying).toEqual(usualTrying);
    expect(tryingOf(again.trying)).toEqual({});
  });

  it('takes nothing from an address that is wrong', () => {
    const query = new URLSearchParams(
      'params=[1]&chunks=-3&priority=urgent&max_attempts=x&soft_limit_sec=Infinity&on_dead_chunk=explode',
    );
    expect(againOf(query)).toEqual({ kind: '', params: null, chunks: null, priority: 'normal', trying: usualTrying });
    expect(againOf(new URLSearchParams('params={')).params).toBeNull();
  });
});
