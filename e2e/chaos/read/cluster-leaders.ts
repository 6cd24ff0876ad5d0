/** Who leads what in a cluster, and how to make another one lead. */
import { setTimeout as wait } from 'node:timers/promises';
import { consumers, STREAMS } from '@manyhands/proto';
import type { Broker } from '@manyhands/nats';
import type { Role } from '../plan.ts';
import type { ComposedSystem } from '../system/composed-system.ts';

const answerWithinMs = 1_000;

/** Undefined when there is no cluster, when nobody knows in time, or when any server will do. */
export async function leaderOf(broker: Broker, { monitors, servers }: ComposedSystem, role: Role): Promise<string | undefined> {
  if (role === 'any' || servers.length === 1) return undefined;
  const late = wait(answerWithinMs, undefined, { ref: false });
  return Promise.race([ask(broker, monitors, role), late]).catch(() => undefined);
}

async function ask(broker: Broker, monitors: readonly string[], role: Exclude<Role, 'any'>): Promise<string | undefined> {
  if (role === 'meta') return Promise.any(monitors.map(metaLeader));
  const { cluster } =
    role === 'consumer'
      ? await broker.manager.consumers.info(STREAMS.mailbox.name, consumers.partition('00'))
      : await broker.manager.streams.info(role);
  return cluster?.leader;
}

async function metaLeader(monitor: string): Promise<string> {
  const answer = await fetch(`${monitor}/jsz`, { signal: AbortSignal.timeout(answerWithinMs) });
  const { meta_cluster: meta } = (await answer.json()) as { meta_cluster?: { leader?: string } };
  if (!meta?.leader) throw new Error('this server knows no leader');
  return meta.leader;
}

/** Resolves when `server` leads the stream. Reads then are answered from its own replica. */
export async function makeLeader(broker: Broker, stream: string, server: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const info = await broker.manager.streams.info(stream).catch(() => undefined);
    if (info?.cluster?.leader === server) return;
    if (tries % 10 === 0) {
      const wish = JSON.stringify({ placement: { preferred: server } });
      await broker.connection
        .request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, wish, { timeout: 5_000 })
        .catch(() => undefined);
    }
    await wait(250);
  }
  throw new Error(`${server} never came to lead ${stream}`);
}
