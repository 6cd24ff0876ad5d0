import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosenAddress, chunkIn, reachOf } from './share.ts';

const of = (search: string) => new URL(`https://hands.example/jobs/7${search}`);

test('an address takes what is chosen, leaves out what is not, and keeps the rest', () => {
  expect(chosenAddress(of('?tab=map&by=time'), { by: null, chunk: '12' })).toBe('/jobs/7?tab=map&chunk=12');
  expect(chosenAddress(of('?by=time'), { by: null })).toBe('/jobs/7');
  expect(chosenAddress(of(''), {})).toBe('/jobs/7');
});

test('whatever is chosen is read again from the address, and nothing of it becomes another part of one', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(), (by, chunk) => {
      const address = new URL(chosenAddress(of('?tab=map'), { by, chunk: String(chunk) }), 'https://hands.example');
      expect([address.pathname, address.searchParams.get('by'), address.searchParams.get('tab')]).toEqual([
        '/jobs/7',
        new URLSearchParams({ by }).get('by'),
        'map',
      ]);
      expect(chunkIn(address.searchParams)).toBe(chunk);
    }),
  );
});

test('what names no chunk is none', () => {
  for (const named of ['', '-1', '1.5', '1e9', 'x', '9'.repeat(16)])
    expect(chunkIn(new URLSearchParams({ chunk: named }))).toBeNull();
  expect(chunkIn(new URLSearchParams())).toBeNull();
});

test('who sees it is said, and that nobody else reaches this machine', () => {
  const reach = (hostname: string, account?: string | null) =>
    reachOf({ hostname, signedIn: account !== undefined, account: account ?? null });
  expect(reach('hands.example')).toMatch(/whoever reaches this address: there are no accounts here\.$/);
  expect(reach('hands.example', 'ann@x')).toMatch(/whoever signs in as ann@x; for other accounts there is no such job\.$/);
  expect(reach('hands.example', null)).toMatch(/signs in as this account;/);
  for (const hostname of ['localhost', 'a.localhost', '127.0.0.1', '127.1.2.3', '[::1]'])
    expect(reach(hostname)).toMatch(/this machine alone/);
  for (const hostname of ['localhost.example', '10.0.0.1', '1127.0.0.1']) expect(reach(hostname)).not.toMatch(/alone/);
});
