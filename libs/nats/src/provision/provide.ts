/**
 * Makes sure that the server has a stream or a durable consumer as it is wanted.
 *
 *   absent ──create──▶ as wanted      differs ──refuse (nothing is changed)      may be refreshed ──change──▶ as wanted
 *
 * Invariant: it may run any number of times, from many processes at once. But for descriptions, notes, and what the caller names as fit to be
 * refreshed, it never changes or removes what it finds, because a wrong guess would lose messages; it states what differs and which command repairs
 * it. What the server can never hold is refused with the setting to change (`Broker.advice`).
 */
import { isManyhandsError, ManyhandsError } from '@manyhands/proto/errors';
import { JetStreamApiError, type StreamInfo } from '@nats-io/jetstream';
import { API_CODES } from '../api-codes.ts';
import type { Broker } from '../broker.ts';
import { differencesOf, driftMessage, type Difference } from './drift.ts';
import { isForbidden } from '../refusal.ts';
import { makeConsumerAnew, startingAnew } from './made-anew.ts';
import type { WantedConsumer, WantedStream } from './wanted.ts';

/** Without any, every difference is refused. */
export interface ProvideRules {
  /** Whether messages were stored in a stream beside it: then a missing one was there before, and starts late (`startingAnew`). */
  hasPast?(): Promise<boolean>;
  /** Fields that may differ. */
  leftAlone?: readonly string[];
  /** Whether a difference is put right. */
  isRefreshed?(stream: string, difference: Difference): boolean;
  /** Throws when the stream that is there must not be used, or not be changed so. */
  check?(info: StreamInfo, wanted: WantedStream, refreshed: readonly Difference[]): void;
}

/** Throws `bad_request` with what differs and how to repair it, `unavailable` when the server cannot answer now. */
export async function provideStream(broker: Broker, wanted: WantedStream, rules: ProvideRules = {}): Promise<void> {
  const { streams } = broker.manager;
  const { metadata: notes = {}, ...config } = wanted;
  const what = `stream ${wanted.name}`;
  const info = await findOrCreate(
    broker,
    what,
    () => streams.info(wanted.name),
    async () => streams.add((await rules.hasPast?.()) ? startingAnew(wanted, Date.now()) : wanted),
  );
  const differences = differencesOf(info.config, config).filter(({ field }) => !rules.leftAlone?.includes(field));
  const fresh = differences.filter((difference) => rules.isRefreshed?.(wanted.name, difference));
  const others = differences.filter((difference) => !fresh.includes(difference));
  rules.check?.(info, wanted, fresh);
  refuse(what, others, { edit: `nats stream edit ${wanted.name}`, remove: `nats stream rm ${wanted.name}` });
  const changes: Record<string, unknown> = Object.fromEntries(fresh.map((difference) => [difference.field, difference.wanted]));
  if (info.config.description !== wanted.description) changes['description'] = wanted.description;
  if (Object.keys(notes).some((note) => info.config.metadata?.[note] === undefined))
    changes['metadata'] = { ...info.config.metadata, ...notes };
  if (Object.keys(changes).length === 0) return;
  try {
    await broker.insist(`changing ${what}`, () => streams.update(wanted.name, changes));
  } catch (error) {
    throw unavailable(broker, what, error);
  }
}

/** Creates one durable consumer, or compares the one that is there. */
export async function provideConsumer(broker: Broker, stream: string, wanted: WantedConsumer): Promise<void> {
  const { consumers } = broker.manager;
  const name = wanted.durable_name;
  const info = await findOrCreate(
    broker,
    `consumer ${name}`,
    () => consumers.info(stream, name),
    () => makeConsumerAnew(broker, stream, wanted),
  );
  const differences = differencesOf(info.config, wanted).filter(({ field }) => field !== 'metadata');
  refuse(`consumer ${name} of stream ${stream}`, differences, {
    edit: `nats consumer edit ${stream} ${name}`,
    remove: `nats consumer rm ${stream} ${name}`,
  });
  if (info.config.description !== wanted.description) await consumers.update(stream, name, { description: wanted.description });
}

/**
 * Looks first; creates when absent; looks again when another process created it meanwhile, or an earlier try whose answer was lost. Waits out restarts
 * and elections, so that a service may start during one.
 */
async function findOrCreate<Info>(
  broker: Broker,
  what: string,
  find: () => Promise<Info>,
  create: () => Promise<Info>,
): Promise<Info> {
  try {
    return await broker.insist(`providing ${what}`, find);
  } catch (error) {
    if (!hasCode(error, API_CODES.streamNotFound, API_CODES.consumerNotFound)) throw unavailable(broker, what, error);
  }
  try {
    return await broker.insist(`providing ${what}`, create);
  } catch (error) {
    if (hasCode(error, API_CODES.streamNameInUse, API_CODES.consumerNameInUse, API_CODES.consumerExists))
      return broker.insist(`providing ${what}`, find);
    throw unavailable(broker, what, error);
  }
}

function refuse(what: string, differences: readonly Difference[], repair: { edit: string; remove: string }): void {
  if (differences.length > 0) throw new ManyhandsError('bad_request', driftMessage(what, differences, repair));
}

function hasCode(error: unknown, ...codes: number[]): boolean {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

/** What no waiting mends is `bad_request`, with the setting to change. */
function unavailable(broker: Broker, what: string, error: unknown): ManyhandsError {
  if (isManyhandsError(error)) return error;
  const message = `the NATS server could not provide ${what}: ${error instanceof Error ? error.message : String(error)}.`;
  // Another identity provides it, perhaps in a moment.
  if (isForbidden(error))
    return new ManyhandsError(
      'unavailable',
      `${what} is not on the NATS server as it is needed, and this process may not create or change it: let the provisioning identity do so (docs/operations/deploy.md)`,
      { cause: error },
    );
  const advice = error instanceof JetStreamApiError ? broker.advice(error.code) : undefined;
  if (advice !== undefined) return new ManyhandsError('bad_request', `${message} ${advice}`, { cause: error });
  return new ManyhandsError('unavailable', message, { cause: error });
}
