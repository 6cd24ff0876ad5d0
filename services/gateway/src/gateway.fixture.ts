/** A real gateway on a free port, and beside it a connection of its own through which a test plays coordinator, worker and metrics. */
import { createOutbox, openBroker, openBucket, provision, readStored } from '@manyhands/broker';
import type { Broker, Bucket, Outbox, StoredMessage } from '@manyhands/nats';
import {
  encode,
  keys,
  LOCAL_TENANT,
  type BucketKey,
  type CoordinatorHeartbeat,
  type JobView,
  type KindRegistration,
  type WorkerHeartbeat,
} from '@manyhands/proto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { eventually } from '@manyhands/testkit';
import { createGateway } from './application.ts';
import { readConfig, type GatewayConfig } from './config.ts';
import { LIMITS } from './limits/limit-names.ts';

/** A test beats once, and may be a while in coming to the point. */
const livesMs = 120_000;

export interface GatewayFixture {
  readonly app: NestFastifyApplication;
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  readonly world: World;
  call(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; text: string; json: unknown }>;
  post(body: unknown, options?: { headers?: Record<string, string>; query?: string }): ReturnType<GatewayFixture['call']>;
  stop(): Promise<void>;
}

/** The rest of the system, as a test plays it. */
export interface World {
  readonly broker: Broker;
  readonly outbox: Outbox;
  bucket(key: BucketKey): Promise<Bucket>;
  save(view: JobView): Promise<number>;
  register(kind: KindRegistration): Promise<void>;
  beat(heartbeat: WorkerHeartbeat): Promise<void>;
  coordinate(id: string): Promise<void>;
  mailbox(): Promise<StoredMessage[]>;
}

/** A test asks more often than a user. */
export const NO_LIMITS = Object.fromEntries(Object.keys(LIMITS).map((name) => [name, undefined])) as GatewayConfig['limits'];

export async function startGateway(
  natsUrl: string,
  given: Partial<GatewayConfig> = {},
  port = 0,
  host = '127.0.0.1',
): Promise<{ app: NestFastifyApplication; origin: string }> {
  const config = readConfig({ NATS_URL: natsUrl, MANYHANDS_LOG_LEVEL: 'error' });
  const app = await createGateway({ ...config, limits: NO_LIMITS, port: 0, ...given });
  await app.listen({ port, host });
  return { app, origin: await app.getUrl() };
}

/** One that has read what is in the buckets. */
export async function startReadyGateway(natsUrl: string, given: Partial<GatewayConfig> = {}): ReturnType<typeof startGateway> {
  const gateway = await startGateway(natsUrl, given);
  await eventually(async () => {
    const answer = await fetch(`${gateway.origin}/v1/jobs`);
    await answer.text();
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
  });
  return gateway;
}

export async function openWorld(natsUrl: string): Promise<World> {
  const broker = await openBroker({ url: natsUrl, name: 'test' });
  await provision(broker);
  const buckets = new Map<BucketKey, Promise<Bucket>>();
  const bucket = (key: BucketKey): Promise<Bucket> => {
    const opened = buckets.get(key) ?? openBucket(broker, key);
    buckets.set(key, opened);
    return opened;
  };
  return {
    broker,
    outbox: createOutbox(broker),
    bucket,
    save: async (view) => (await bucket('jobs')).put(keys.job(view.tenant, view.job_id), encode(view)),
    register: async (kind) => void (await (await bucket('kinds')).put(keys.kind(kind.kind), encode(kind))),
    beat: async (heartbeat) =>
      void (await (await bucket('workers')).put(keys.worker(heartbeat.worker), encode(heartbeat), { ttlMs: livesMs })),
    async coordinate(id) {
      const heartbeat: CoordinatorHeartbeat = {
        v: 1,
        type: 'CoordinatorHeartbeat',
        coordinator: id,
        host: 'test',
        pid: 1,
        started_at: new Date().toISOString(),
      };
      await (await bucket('coordinators')).put(keys.coordinator(id), encode(heartbeat), { ttlMs: livesMs });
    },
    mailbox: () => readStored(broker, 'mailbox', 'job.>'),
  };
}

export async function startFixture(natsUrl: string, given: Partial<GatewayConfig> = {}): Promise<GatewayFixture> {
  const world = await openWorld(natsUrl);
  const { app, origin } = await startGateway(natsUrl, given);
  const call: GatewayFixture['call'] = async (path, init) => {
    const response = await fetch(`${origin}${path}`, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return {
    app,
    origin,
    world,
    call,
    post: (body, { headers = {}, query = '' } = {}) =>
      call(`/v1/jobs${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async stop() {
      await app.close();
      await world.broker.close();
    },
  };
}

/** The key a job's view has in the bucket. */
export function jobKey(jobId: string): string {
  return keys.job(LOCAL_TENANT, jobId);
}
