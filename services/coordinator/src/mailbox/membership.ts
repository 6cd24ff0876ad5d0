/**
 * Who takes part in owning partitions, over bucket coordinators: one key for each member, kept alive by its heartbeat.
 *
 *   absent ──join──▶ member ──leave──▶ absent (others know at once)      member ──silent for the TTL──▶ absent
 *
 * Invariant: a member that was taken for dead and still lives writes its key again. Members may disagree for a moment; that costs
 * time, not truth: pins and revisions decide.
 */
import { hostname } from 'node:os';
import type { Membership } from '@manyhands/actor';
import { encode, HEARTBEAT_INTERVAL_MS, HEARTBEAT_TTL_MS, keys, type CoordinatorHeartbeat } from '@manyhands/proto';
import type { Broker, Bucket } from '@manyhands/nats';
import { removeDeadNeighbours } from './dead-neighbours.ts';
import { LiveMembers } from './live-members.ts';

export interface MembershipOptions {
  /** The opened bucket `coordinators`. */
  bucket: Bucket;
  /** Unique for each process start. */
  self: string;
  /** What each heartbeat states beside who this is. */
  report?: () => Pick<CoordinatorHeartbeat, 'stuck' | 'counts' | 'troubles'>;
  intervalMs?: number;
  /** Whole seconds. */
  ttlMs?: number;
}

export interface BucketMembership extends Membership {
  /** Appears to the others, and keeps appearing. Throws when the first heartbeat cannot be written. */
  join(): Promise<void>;
  /** Disappears at once; joining again is possible. */
  leave(): Promise<void>;
}

export function createMembership(
  broker: Broker,
  { bucket, self, report = () => ({}), intervalMs = HEARTBEAT_INTERVAL_MS, ttlMs = HEARTBEAT_TTL_MS }: MembershipOptions,
): BucketMembership {
  const heartbeat: CoordinatorHeartbeat = {
    v: 1,
    type: 'CoordinatorHeartbeat',
    coordinator: self,
    host: hostname(),
    pid: process.pid,
    started_at: new Date().toISOString(),
  };
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<unknown> = Promise.resolve();

  function beat(): Promise<unknown> {
    beating = bucket.put(keys.coordinator(self), encode({ ...heartbeat, beat_at: new Date().toISOString(), ...report() }), {
      ttlMs,
    });
    return beating;
  }

  /** A heartbeat that fails is made up for by the next one. */
  function beatAgain(): void {
    if (timer === undefined) return;
    const what = 'writing the heartbeat of this coordinator';
    beat().then(
      () => broker.troubles.succeeded(what),
      (error: unknown) => broker.troubles.failed(what, error),
    );
  }

  return {
    self,
    async join() {
      if (timer !== undefined) return;
      await removeDeadNeighbours(bucket, heartbeat.host);
      await beat();
      timer ??= setInterval(beatAgain, intervalMs);
    },
    async leave() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      // The last heartbeat must not land after the removal.
      await beating.catch(() => undefined);
      await bucket.remove(keys.coordinator(self));
    },
    async watch(changed) {
      const members = new LiveMembers(ttlMs + intervalMs);
      const first = Promise.withResolvers<void>();
      let current = false;
      let connected = true;
      const now = () => performance.now();
      const tell = (differs: boolean) => {
        if (current && differs) changed(members.ids);
      };
      const stopListening = broker.onConnected((back) => {
        if (back && !connected) members.excuse(now());
        connected = back;
      });
      const expiry = setInterval(() => tell(connected && members.expire(now())), intervalMs);
      const watching = await bucket.watch('>', {
        entry({ key, value }) {
          if (value === undefined && key === keys.coordinator(self)) beatAgain();
          tell(value === undefined ? members.leave(key) : members.beat(key, now()));
        },
        current() {
          if (current) return;
          current = true;
          tell(true);
          first.resolve();
        },
      });
      await first.promise;
      return async () => {
        clearInterval(expiry);
        stopListening();
        await watching.stop();
      };
    },
  };
}
