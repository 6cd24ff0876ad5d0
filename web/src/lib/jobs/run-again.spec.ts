import { describe, expect, it } from 'vitest';
import { againAddress, againOf, usualTrying } from './run-again.ts';
import { tryingOf } from './trying.ts';

const job = { kind: 'primes', params: { n: 5, tags: ['a&b', '=?'] }, total_chunks: 12, priority: 'high' } as const;
const read = (address: string) => againOf(new URLSearchParams(address.split('?')[1]));

describe('run again', () => {
  it('keeps everything that was asked for', () => {
    const options = { on_dead_chunk: 'continue', max_attempts: 1, soft_limit_sec: 0.5, hard_limit_sec: 7 } as const;
    const notify = { url: 'https://hooks.example/?a=b&c', on: ['failed' as const], secret: 'HOOK_KEY' };
    const bounds = { at_once: 3, max_failed: { share: 0.07 }, tags: { team: 'a=b, c', 'x=y': '{' }, notify };
    const again = read(againAddress({ ...job, params: { ...job.params }, ...options, ...bounds }));
    expect(again).toMatchObject({ kind: 'primes', params: job.params, chunks: 12, priority: 'high' });
    expect(tryingOf(again.trying, 'fail')).toEqual({ ...options, ...bounds });
  });

  it('takes the same input instead of a number of chunks', () => {
    const input = { id: '019d3f9c-7a10-7cc0-8f2e-5b1d6a3e9c41', records: 5_000, by: 'record' } as const;
    const again = read(againAddress({ ...job, params: {}, input }));
    expect(again).toMatchObject({ chunks: null, input: { id: input.id, records: 5_000 } });
  });

  it('is the usual where nothing was asked for', () => {
    const again = read(againAddress({ ...job, params: {} }));
    expect(again.trying).toEqual(usualTrying('fail'));
    expect(tryingOf(again.trying, 'fail')).toEqual({});
  });

  it('takes nothing from an address that is wrong', () => {
    const query = new URLSearchParams(
      'params=[1]&chunks=-3&priority=urgent&max_attempts=x&soft_limit_sec=Infinity&on_dead_chunk=explode&at_once=0&tags=[1&notify=7',
    );
    expect(againOf(query)).toEqual({
      kind: '',
      params: null,
      chunks: null,
      input: null,
      priority: 'normal',
      trying: usualTrying('fail'),
    });
    expect(againOf(new URLSearchParams('params={')).params).toBeNull();
  });
});
