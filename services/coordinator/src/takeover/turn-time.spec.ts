import type { Behaviour, MailboxMessage } from '@manyhands/actor';
import { beforeEach, expect, it } from 'vitest';
import { timed } from './turn-time.ts';

type Asked = { type: 'Burn' | 'Sleep'; ms: number };

const slow: { actorId: string; what: string; ms: number }[] = [];
const behaviour = timed(
  {
    decide: (state: null, { message }: MailboxMessage<Asked>) => {
      if (message.type === 'Burn') burn(message.ms);
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, message.ms);
      return { state, effects: [] };
    },
  } as unknown as Behaviour<null, Asked, never, null>,
  (actorId, what, ms) => slow.push({ actorId, what, ms }),
);

beforeEach(() => void slow.splice(0));

it('a turn that has the processor for longer than it may is named, with how long', () => {
  decide({ type: 'Burn', ms: 80 });
  expect(slow).toEqual([{ actorId: 'a', what: 'Burn', ms: expect.closeTo(80, -2) as number }]);
});

it('one that only waits for a core is not', () => {
  decide({ type: 'Sleep', ms: 120 });
  expect(slow).toEqual([]);
});

it('nor is a brief one after a long time with the processor, or many of them', () => {
  burn(100);
  for (let turn = 0; turn < 20; turn += 1) decide({ type: 'Burn', ms: 5 });
  expect(slow).toEqual([]);
});

function decide(message: Asked): void {
  behaviour.decide(null, { actorId: 'a', message } as MailboxMessage<Asked>, null);
}

/** Milliseconds of processor. */
function burn(ms: number): void {
  const from = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(from);
    if ((user + system) / 1_000 >= ms) return;
  }
}
