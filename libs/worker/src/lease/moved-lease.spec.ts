import { ComputeLease, decode, encode } from '@manyhands/proto';
import { aComputeLease } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { movedLease } from './moved-lease.ts';

const text = (data: Uint8Array): string => new TextDecoder().decode(data);

it('says how many deliveries nobody answered for, and changes nothing else', () => {
  const lease = aComputeLease({ begin: 3, end: 8 });
  const moved = movedLease(encode(lease), 2);
  expect(decode(ComputeLease, moved)).toEqual({ ...lease, unanswered: 2 });
  expect(text(moved).startsWith(text(encode(lease)).slice(0, -1))).toBe(true);
});

it('moved a thousand times it is no longer than moved once', () => {
  let data = encode(aComputeLease());
  const once = movedLease(data, 0).length;
  for (let times = 0; times < 1_000; times += 1) data = movedLease(data, times % 10);
  expect(data.length).toBe(once);
  expect(decode(ComputeLease, data)).toMatchObject({ unanswered: 9 });
});

it('leaves bytes as they are that a rebuilt lease would lose', () => {
  const lease = text(
    encode(
      aComputeLease({
        lease: 'm-2-x-0',
        task: {
          op: 'merge',
          inputs: [
            { id: 'a', partial: 'PARTIAL' },
            { id: 'b', partial: 1 },
          ],
          attempt: 0,
        },
      }),
    ),
  );
  const odd = lease.replace('"PARTIAL"', '{"__proto__":1e400,"unanswered":7}');
  expect(text(movedLease(new TextEncoder().encode(odd), 1))).toBe(`${odd.slice(0, -1)},"unanswered":1}`);
});
