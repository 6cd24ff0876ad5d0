/**
 * Ends what stays open for a caller: event streams, WebSockets, downloads.
 *
 *   open ──its credential has expired or was revoked──▶ ended, within `LOOK_MS` of this gateway's knowing
 *
 * Invariant: a guard looks at a request once, at its begin; what is sent for longer than that is looked at here, once a second.
 */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { limits } from '@manyhands/proto';
import { Problem } from '../edge/problem.ts';
import type { Caller } from './caller.ts';
import { Identification } from './identification.ts';

/** Milliseconds between two looks. With the time in which a gateway learns of a revocation, less than the five seconds that are promised. */
const LOOK_MS = 1_000;
/** Seconds after which another try makes sense. */
const RETRY_SEC = 5;

interface Followed {
  readonly caller: Caller;
  readonly end: () => void;
  /** Whether it stays open without an end, and counts against how many of these a tenant may have. */
  readonly isLive: boolean;
}

@Injectable()
export class CallerWatch implements OnApplicationShutdown {
  readonly #followed = new Set<Followed>();
  readonly #countOf = new Map<string, number>();
  #looking: NodeJS.Timeout | undefined;

  constructor(@Inject(Identification) private readonly identification: Identification) {}

  onApplicationShutdown(): void {
    clearInterval(this.#looking);
  }

  /** Throws 429 where a tenant has as many as one may have. Where there are no accounts all are one tenant's, and are limited together elsewhere. */
  demandRoom({ tenant, by }: Caller, max: number = limits.streamsPerTenantMax): void {
    if (by !== 'open' && (this.#countOf.get(tenant) ?? 0) >= max)
      throw new Problem(
        429,
        `At most ${max} live connections of one account are open here at once; close some first.`,
        RETRY_SEC,
      );
  }

  /** How many are followed. */
  get count(): number {
    return this.#followed.size;
  }

  /** Whether a caller may go on. */
  isGood(caller: Caller, nowMs = Date.now()): boolean {
    return (caller.untilMs ?? Infinity) > nowMs && this.identification.isGood(caller);
  }

  /** Calls `end` once, when the caller may go on no longer. `isLive`: not for what ends by itself, like a download. Returns how to stop. */
  follow(caller: Caller, end: () => void, isLive = true): () => void {
    const followed = { caller, end, isLive };
    this.#followed.add(followed);
    if (isLive) this.#countOf.set(caller.tenant, (this.#countOf.get(caller.tenant) ?? 0) + 1);
    this.#looking ??= setInterval(() => this.look(), LOOK_MS).unref();
    return () => this.#leave(followed);
  }

  /** Ends all that must end. */
  look(nowMs = Date.now()): void {
    for (const followed of this.#followed) {
      if (this.isGood(followed.caller, nowMs)) continue;
      this.#leave(followed);
      followed.end();
    }
  }

  #leave(followed: Followed): void {
    if (!this.#followed.delete(followed)) return;
    if (followed.isLive) this.#countDown(followed.caller.tenant);
    if (this.#followed.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #countDown(tenant: string): void {
    const left = (this.#countOf.get(tenant) ?? 1) - 1;
    if (left > 0) this.#countOf.set(tenant, left);
    else this.#countOf.delete(tenant);
  }
}
