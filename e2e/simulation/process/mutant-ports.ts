/** What a mutant puts in the place of what reads and writes around the runtime of a coordinator. */
import type { Salvage, Snapshot, SnapshotStore } from '@manyhands/actor';
import { RepeatedSubmits } from '../../../services/coordinator/src/mailbox/repeated-submits.ts';
import { createSnapshotStore } from '../../../services/coordinator/src/mailbox/snapshot-store.ts';
import {
  decodeJobMessage,
  type JobMessage,
  type MailboxDecoder,
} from '../../../services/coordinator/src/mailbox/mailbox-message.ts';
import type { Broker, Bucket } from '@manyhands/nats';
import { JsonText, keys, ManyhandsError } from '@manyhands/proto';
import { readableView } from '../../../services/coordinator/src/progress/readable-view.ts';
import { salvageFrom } from '../../../services/coordinator/src/takeover/job-salvage.ts';
import { jobStateCodec, jobStateJson } from '../../../services/coordinator/src/takeover/job-state-codec.ts';
import { storedPartials } from '../../../services/coordinator/src/takeover/stored-partial.ts';
import type { JobState } from '../../../services/coordinator/src/job/state.ts';
import type { Mutant } from '../mutant.ts';

/** Undefined where the real store does. */
export function snapshotsOf(
  mutant: Mutant | undefined,
  client: Broker,
  jobState: Bucket,
): SnapshotStore<JobState | null> | undefined {
  const codec = jobStateCodec(storedPartials(client));
  switch (mutant) {
    case 'states of any size':
      return createSnapshotStore(jobState, {
        ...codec,
        toJson: (job) => job && { ...jobStateJson(job), letters: job.letters, failures: job.failures, partials: job.partials },
      });
    case 'unreadable is away': {
      const store = createSnapshotStore(jobState, codec);
      return { ...store, load: async (jobId) => readable(await store.load(jobId)) };
    }
    default:
      return undefined;
  }
}

function readable<Loaded extends Awaited<ReturnType<SnapshotStore<unknown>['load']>>>(loaded: Loaded): Loaded {
  if (loaded !== undefined && 'unreadable' in (loaded as Snapshot<unknown>))
    throw new ManyhandsError('unavailable', 'the saved state cannot be reached');
  return loaded;
}

export function decoderOf(mutant: Mutant | undefined): MailboxDecoder<JobMessage> {
  if (mutant !== 'partials are rebuilt') return decodeJobMessage;
  return (subject, data) => {
    const message = decodeJobMessage(subject, data);
    if (message.type !== 'LeaseComputed' || message.partial === undefined) return message;
    const partial: unknown = JSON.parse(message.partial.text);
    return { ...message, partial: JsonText.of(Array.isArray(partial) ? partial : Object.assign({}, partial)) };
  };
}

/** Jobs that finished here at any time, for a runtime that passes over what still comes for them. */
export class RememberedEnds {
  readonly #ended = new Set<string>();

  add(jobId: string): void {
    this.#ended.add(jobId);
  }

  passedOver<Mail extends { actorId: string; message: JobMessage }>(messages: readonly Mail[]): Mail[] {
    for (const { actorId, message } of messages) if (message.type === 'RequeueJob') this.#ended.delete(actorId);
    return messages.filter(({ actorId }) => !this.#ended.has(actorId));
  }
}

export class CountedRepeats extends RepeatedSubmits {
  override without(...[messages]: Parameters<RepeatedSubmits['without']>): ReturnType<RepeatedSubmits['without']> {
    return Promise.resolve(messages);
  }
}

/** What is known of a job as far as its view can be read. */
export function readableOnly(client: Broker, jobs: Bucket): Salvage<JobState | null> {
  const salvage = salvageFrom(client, jobs);
  return async (jobId, reopened) => {
    const value = (await jobs.get(keys.job('*', jobId)))?.value;
    return value !== undefined && readableView(value) === undefined ? null : salvage(jobId, reopened);
  };
}
