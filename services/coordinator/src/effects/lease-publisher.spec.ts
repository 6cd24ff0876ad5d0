import type { Outbox, OutgoingMessage } from '@manyhands/nats';
import { aComputeLease, aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { LeasePublisher } from './lease-publisher.ts';

async function subjectsOf(confined?: true): Promise<string[]> {
  const stored: OutgoingMessage[] = [];
  const outbox = {
    publishAll: (messages: OutgoingMessage[]) => Promise.resolve(void stored.push(...messages)),
  } as unknown as Outbox;
  const submit = aSubmitJob({ kind: 'script', ...(confined && { confined }) });
  const lease = aComputeLease({ kind: 'script', job_id: submit.job_id });
  await new LeasePublisher(undefined as never, outbox).publish([
    { submit, lease, mayRepeat: false },
    { submit, lease: { ...lease, young: true }, mayRepeat: false },
  ]);
  return stored.map(({ subject }) => subject.replace(submit.job_id, '<job>'));
}

it('leases of code that may run inside bubblewrap alone wait apart, where no other worker asks for any', async () => {
  expect(await subjectsOf()).toEqual(['work.script.normal.<job>', 'work.script.normal-young.<job>']);
  expect(await subjectsOf(true)).toEqual(['work.script.normal-confined.<job>', 'work.script.normal-young-confined.<job>']);
});
