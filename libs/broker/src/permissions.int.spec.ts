/** What the server refuses each identity, asked of a real one: every verb on every stream, every key, and every inbox. */
import {
  createOutbox,
  inputBytesOf,
  newNonce,
  ObjectWriter,
  openBroker,
  openBucket,
  provision,
  readPage,
  storedCounts,
  usesOfInput,
} from '@manyhands/broker';
import { artifactSubjects, LOCAL_TENANT, newJobId, STREAMS, workSubjects } from '@manyhands/proto';
import type { Broker } from '@manyhands/nats';
import {
  ASSET_KEYS,
  IDENTITIES,
  inboxOf,
  permissionsOf,
  SERVICE_IDENTITIES,
  streamNameOf,
  type Identity,
} from '@manyhands/proto/identities';
import { createIdentities, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const identities = createIdentities();
let server: NatsServer;
const brokers = new Map<Identity, Broker>();
const as = (identity: Identity) => brokers.get(identity)!;

beforeAll(async () => {
  server = await startNatsServer({ syncAlways: false, extraConfig: identities.config });
  for (const identity of IDENTITIES)
    brokers.set(identity, await openBroker({ url: server.url, access: { nkey: identities.seeds[identity] }, name: identity }));
  await provision(as('provision'), { storageGb: 1, as: 'provision' });
});
afterAll(async () => {
  await Promise.all([...brokers.values()].map((broker) => broker.close()));
  await server?.stop();
});

const streams = ASSET_KEYS.map(streamNameOf);
/** Each verb of the API that names a stream, and what else is said of one. */
const subjects = streams.flatMap((stream) => [
  ...[
    'CREATE',
    'UPDATE',
    'DELETE',
    'PURGE',
    'INFO',
    'MSG.GET',
    'MSG.DELETE',
    'SNAPSHOT',
    'RESTORE',
    'LEADER.STEPDOWN',
    'PEER.REMOVE',
  ].map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
  `$JS.API.DIRECT.GET.${stream}`,
  ...['LIST', 'NAMES'].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}`),
  `$JS.API.CONSUMER.CREATE.${stream}`,
  `$JS.API.CONSUMER.CREATE.${stream}.c`,
  `$JS.API.CONSUMER.CREATE.${stream}.c.none`,
  ...['DURABLE.CREATE', 'DELETE', 'INFO', 'MSG.NEXT', 'PAUSE', 'RESET', 'UNPIN'].map(
    (verb) => `$JS.API.CONSUMER.${verb}.${stream}.c`,
  ),
  `$JS.ACK.${stream}.c.1.1.1.1.1`,
  `$JS.ACK._.hash.${stream}.c.1.1.1.1.1`,
  `$JS.FC.${stream}.x`,
]);
const messages = [
  ...[
    'job.00.x.submit',
    'job.00.x.result.y',
    'job.00.x.timer.y',
    'timer.set.00.x.y',
    'timer.due.00.x.y',
    'work.k.q.x',
    'event.t.x.finished',
  ],
  ...[
    'dead.mailbox.x',
    'artifact.t.x.in.0',
    'log.t.x',
    'schedule.timer.t.x',
    'live.00.x',
    'control.cancel',
    'control.drain.x',
    'control.delete',
    'query.metrics',
    'other.x',
  ],
  ...streams.filter((stream) => stream.startsWith('KV_')).map((stream) => `$KV.${stream.slice(3)}.x`),
  ...[
    '$JS.API.INFO',
    '$JS.API.STREAM.LIST',
    '$JS.API.STREAM.NAMES',
    '$JS.API.META.LEADER.STEPDOWN',
    '$JS.API.SERVER.EVACUATE',
    '$SYS.REQ.SERVER.PING',
  ],
  ...IDENTITIES.map((identity) => `${inboxOf(identity)}.x.y`),
];

function covers(pattern: string, subject: string): boolean {
  const words = subject.split('.');
  const parts = pattern.split('.');
  return (
    parts.every((part, at) => (part === '>' ? words.length > at : part === '*' ? at < words.length : part === words[at])) &&
    (parts.at(-1) === '>' || parts.length === words.length)
  );
}

/** Publishes each, and returns those that the server refused. */
async function refusedOf({ connection }: Broker, all: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  const status = connection.status();
  const reading = (async () => {
    for await (const { type, ...event } of status) {
      const { operation, subject } = (event as { error?: { operation?: string; subject?: string } }).error ?? {};
      if (type === 'error' && operation === 'publish' && subject !== undefined) refused.push(subject);
    }
  })();
  for (const subject of all) connection.publish(subject);
  await connection.flush();
  await connection.flush();
  (status as unknown as { stop(): void }).stop();
  await reading;
  return refused;
}

describe.each([...SERVICE_IDENTITIES, 'provision'] as const)('%s', (identity) => {
  it('is refused every verb on every stream and every subject that its row does not state, and no other', async () => {
    const { publish } = permissionsOf(identity);
    const forbidden = [...subjects, ...messages].filter((subject) => !publish.some((pattern) => covers(pattern, subject)));
    expect(forbidden.length).toBeGreaterThan(400);
    // What is allowed is not sent: it would be done.
    expect((await refusedOf(as(identity), forbidden)).sort()).toEqual([...forbidden].sort());
    expect(await refusedOf(as(identity), ['$JS.API.INFO'])).toEqual([]);
  });

  it('may not listen to what is for others', async () => {
    const others = IDENTITIES.filter((other) => other !== identity).map((other) => `${inboxOf(other)}.>`);
    for (const subject of ['>', '*.>', '_INBOX.>', '_INBOX.*.x', 'job.>', 'work.>', '$KV.>', '$JS.>', '$SYS.>', ...others]) {
      const { promise, resolve } = Promise.withResolvers<Error | null>();
      as(identity).connection.subscribe(subject, { callback: (error) => resolve(error) });
      expect(await promise).toMatchObject({ name: 'PermissionViolationError' });
    }
  });
});

it('a worker removes the parts of a file that never became whole, but no message by its sequence', async () => {
  const object = { tenant: LOCAL_TENANT, owner: newJobId(), name: `f-0-${newNonce()}` };
  const parts = async () =>
    (await storedCounts(as('admin'), 'artifacts', artifactSubjects.object(object.tenant, object.owner, object.name))).size;
  const writer = new ObjectWriter(as('compute'), object);
  await writer.put(Buffer.from('half'));
  await writer.settle();
  expect(await parts()).toBe(1);
  await writer.abandon();
  expect(await parts()).toBe(0);
  expect(permissionsOf('compute').publish.filter((subject) => /STREAM\.(PURGE|MSG\.DELETE)/.test(subject))).toEqual([
    '$JS.API.STREAM.PURGE.ARTIFACTS',
  ]);
});

it('a worker stores a copy of a lease that it hands over', async () => {
  const lease = { subject: workSubjects.lease('primes', 'normal-young', newJobId()), data: Buffer.from('{}') };
  await createOutbox(as('compute')).publishAll([lease]);
  expect((await storedCounts(as('admin'), 'work', lease.subject)).size).toBe(1);
});

it('each lists the entries of buckets that it has to look through', async () => {
  for (const [identity, key] of [
    // Who computes a kind, when a worker registers it again.
    ['compute', 'workers'],
    ['coordinator', 'jobs'],
  ] as const)
    expect(await (await openBucket(as(identity), key)).entries(), identity).toEqual([]);
  expect(await inputBytesOf(as('gateway'), LOCAL_TENANT)).toBe(0);
  expect(await usesOfInput(as('coordinator'), LOCAL_TENANT, newJobId())).toEqual([]);
});

it.each([
  ['gateway', 'dead'],
  ['gateway', 'logs'],
  ['gateway', 'answered'],
  ['metrics', 'dead'],
  ['metrics', 'logs'],
  ['metrics', 'events'],
  ['coordinator', 'mailbox'],
] as const)('the %s reads pages of %s that are too long to be asked for message by message', async (identity, stream) => {
  const prefix = STREAMS[stream].subjects[0]!.replace('>', 'long');
  const subjects = Array.from({ length: 30 }, (_, at) => `${prefix}.${identity}.${at}`);
  for (const subject of subjects) await as('admin').store(subject, Buffer.from('{}'));
  const page = await readPage(as(identity), stream, `${prefix}.${identity}.*`, { afterSequence: 0, count: 100 });
  expect(page.map(({ subject }) => subject)).toEqual(subjects);
});

it('a client without a key, or with another, is refused', async () => {
  for (const access of [{}, { nkey: createIdentities().seeds.admin }])
    await expect(openBroker({ url: server.url, access, name: 'x' })).rejects.toMatchObject({ code: 'bad_request' });
});

it('is asked for again after the server was killed: the store and the permissions stay', async () => {
  await server.kill();
  await server.restart();
  await eventually(async () => expect((await as('provision').manager.getAccountInfo()).streams).toBe(ASSET_KEYS.length));
  expect(await refusedOf(as('compute'), ['$JS.API.STREAM.PURGE.MAILBOX', 'job.00.x.submit'])).toHaveLength(2);
});

it('an operator may do everything', async () => {
  expect(await refusedOf(as('admin'), ['$JS.API.STREAM.NAMES', '$JS.API.CONSUMER.NAMES.WORK', 'other.x'])).toEqual([]);
});
