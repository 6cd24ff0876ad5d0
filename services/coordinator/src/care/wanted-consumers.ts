/** The consumers that must be there while coordinators run: those of partitions, schedules and notices always, those of queues and of history once they were there. Pure. */
import { consumers, laneOfQueue, parseWorkSubject, STREAMS, workSubjects, type WorkQueue } from '@manyhands/proto';
import { laneConsumerConfig, wantedPartitions, EVENT_STEPS, type EventStep } from '@manyhands/broker';
import { eventConsumerConfig, type WantedConsumer } from '@manyhands/nats';

/** `hasWorkers`: the queues of a kind that no worker computes any more may be removed. */
export function wantedConsumers(
  stream: string,
  present: ReadonlySet<string>,
  hasWorkers: (kind: string) => boolean,
): WantedConsumer[] {
  switch (stream) {
    case STREAMS.mailbox.name:
      return wantedPartitions();
    case STREAMS.work.name:
      return [...present].flatMap((name) => queueOf(name, hasWorkers));
    case STREAMS.schedules.name:
      return [ofStep('schedule')];
    case STREAMS.advisories.name:
      return [ofStep('reclaim')];
    case STREAMS.events.name:
      return present.has(consumers.history) ? [ofStep('finish')] : [];
    default:
      return [];
  }
}

function ofStep(step: EventStep): WantedConsumer {
  return eventConsumerConfig(EVENT_STEPS[step]);
}

/** Whatever else stands on WORK is another process's. */
function queueOf(name: string, hasWorkers: (kind: string) => boolean): WantedConsumer[] {
  const at = name.indexOf('_');
  const [kind, queue] = [name.slice(0, at), name.slice(at + 1)];
  const isOurs =
    at > 0 && laneOfQueue(queue) !== undefined && parseWorkSubject(workSubjects.ofQueue(kind, queue as WorkQueue)) !== undefined;
  return isOurs && hasWorkers(kind) ? [laneConsumerConfig(kind, queue as WorkQueue)] : [];
}
