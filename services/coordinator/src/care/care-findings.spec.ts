import { nanos } from '@manyhands/nats';
import { STREAMS } from '@manyhands/proto';
import { expect, it } from 'vitest';
import { laneConsumerConfig } from '@manyhands/broker';
import { consumerFindings } from './care-findings.ts';

const stream = STREAMS.work.name;
const wanted = laneConsumerConfig('sum', 'high');
const infoOf = (changes: object) => [{ name: wanted.durable_name, config: { ...wanted, ...changes } as never }];

it('what a hand changed is found, the wording and the copies aside', () => {
  expect(consumerFindings(stream, infoOf({ description: 'mine', num_replicas: 3 }), [wanted])).toEqual([]);
  expect(consumerFindings(stream, infoOf({ ack_wait: nanos(1_000) }), [wanted])).toMatchObject([
    { is: 'changed consumer', differences: [{ field: 'ack_wait' }] },
  ]);
});

// Seen: coordinators set back what a worker with another ack wait had made, and it never started again.
it('a queue that its workers made with another ack wait keeps it, and only that', () => {
  const own = laneConsumerConfig('sum', 'high', { ackWaitMs: 2_000 });
  expect(consumerFindings(stream, infoOf(own), [wanted])).toEqual([]);
  expect(consumerFindings(stream, infoOf({ ...own, ack_wait: nanos(10_000) }), [wanted])).toMatchObject([
    { differences: [{ field: 'ack_wait', wanted: nanos(2_000) }] },
  ]);
});
