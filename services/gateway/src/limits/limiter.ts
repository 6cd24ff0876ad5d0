/** Counts requests under the limits of `limit-names.ts`, together with all other gateways, in bucket `limits`. */
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { keys } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { unavailable } from '../edge/problem.ts';
import { Feeds } from '../mirror/feeds.ts';
import { LimitLine, type Counted } from './limit-line.ts';
import { LIMITS, type LimitName, type LimitSpec } from './limit-names.ts';

/** Users and addresses that one gateway remembers; of those beyond, it reads what is used again. */
const LINES_MAX = 20_000;

@Injectable()
export class Limiter {
  /** The one asked for longest ago first. */
  readonly #lines = new Map<string, LimitLine>();

  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'limits'>,
  ) {}

  /** Counts one request of a user or an address; undefined where there is no such limit. Throws 503 when it cannot be counted and must be. */
  async count(name: LimitName, whose: string): Promise<Counted | undefined> {
    const { what, letsThrough }: LimitSpec = LIMITS[name];
    try {
      const line = this.#lineOf(name, whose);
      return line && (await withDeadline(line.count(), 'NATS did not answer in time.'));
    } catch {
      if (letsThrough) return undefined;
      throw unavailable(
        `The limit of ${what} cannot be checked, because NATS does not answer; nothing was done. Try again in a few seconds.`,
        3,
      );
    }
  }

  #lineOf(name: LimitName, whose: string): LimitLine | undefined {
    const rate = this.config.limits[name];
    if (rate === undefined) return undefined;
    const key = keys.limit(name, createHash('sha256').update(whose).digest('hex').slice(0, 32));
    const line =
      this.#lines.get(key) ??
      new LimitLine({ key, rate, bucket: () => this.link.bus().limits, nowMs: () => this.feeds.jobs.serverNowMs });
    this.#lines.delete(key);
    this.#lines.set(key, line);
    for (const [oldest, { isIdle }] of this.#lines) {
      if (this.#lines.size <= LINES_MAX) break;
      if (isIdle) this.#lines.delete(oldest);
    }
    return line;
  }
}
