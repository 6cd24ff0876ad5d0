import { newJobId } from '@manyhands/proto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashOf, newName, newSecret } from '../identity/secrets.ts';
import { isGoodFor, readShareToken, shareToken } from './share-token.ts';

const secret = newSecret();
const shareId = newName(8);
const untilMs = Date.parse('2027-01-01T00:00:00Z');
const link = {
  v: 1,
  type: 'ShareLink',
  share_id: shareId,
  tenant: 'ann',
  job_id: newJobId(),
  secret_sha256: hashOf(secret),
  created_at: '2026-12-31T00:00:00.000Z',
  expires_at: new Date(untilMs).toISOString(),
} as const;

it('a token is read as what it was made of, has 256 random bits, and stands in an address as it is', () => {
  const token = shareToken(shareId, secret);
  expect(readShareToken(token)).toEqual({ shareId, secret });
  expect(encodeURIComponent(token)).toBe(token);
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
});

it('a token with one character changed, left out or added is none, or is not good', () => {
  const token = shareToken(shareId, secret);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom('', 'x', '*', '.', '%', 'é', 'aa'), (place, put) => {
      const changed = token.slice(0, place) + put + token.slice(place + 1);
      fc.pre(changed !== token);
      const read = readShareToken(changed);
      // The last character of a secret holds four bits: others may mean the same bytes, but it is the text that is hashed.
      expect(read === undefined || read.shareId !== shareId || !isGoodFor(link, read.secret, untilMs - 1)).toBe(true);
    }),
  );
});

it('a link is good until its end, and not at it', () => {
  expect([untilMs - 1, untilMs, untilMs + 1].map((nowMs) => isGoodFor(link, secret, nowMs))).toEqual([true, false, false]);
});
