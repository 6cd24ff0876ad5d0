/**
 * The first administrator: made by the first start with `AUTH=on`, which prints a link that signs in once.
 *
 *   no administrator has a password, and no link is good ──start──▶ link
 *   a word in `AUTH_ADMIN_LINK` that is not the last one ──start──▶ link, and the password of that administrator is taken away
 *
 * Invariant: one gateway prints a link, however many start at once, decided by compare-and-set on one key. While no administrator can sign in in another way, a
 * start after the link has expired prints another: so a link that was lost locks no operator out. A try that ended halfway, because NATS did not answer, is gone on with by the same gateway.
 */
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { keys, newUserId } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import type { RecordOf, User } from '../identity/records.ts';
import { Accounts } from './accounts.ts';
import { SignInLinks } from './sign-in-links.ts';

/** Milliseconds the link is good. */
const LINK_MS = 3_600_000;
const retryMs = 2_000;

@Injectable()
export class FirstAdmin implements OnModuleInit {
  readonly #log = new Logger('accounts');
  /** What this gateway wrote, or may have written, while its link was not printed. */
  #claim: RecordOf<'FirstAdmin'> | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(BrokerLink) private readonly bus: BrokerLink,
    @Inject(IdentityStore) private readonly store: IdentityStore,
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(SignInLinks) private readonly links: SignInLinks,
  ) {}

  onModuleInit(): void {
    if (this.config.auth === 'off')
      this.#log.log('AUTH=off: there are no accounts, and every client that reaches the gateway may do everything');
    else this.bus.onUp(({ broker }) => void this.#try(() => broker.connection.isClosed()));
  }

  async #try(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        return await this.#greet();
      } catch (error) {
        this.#log.warn(`it is not known yet whether there is an administrator: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      }
    }
  }

  async #greet(): Promise<void> {
    const secret = await this.link();
    if (secret !== undefined)
      this.#log.warn(
        `Sign in as the administrator with this link, which is good once, for an hour: ${this.#origin}/sign-in#link=${secret}`,
      );
  }

  /** The secret of a new link; undefined where none is needed, or another gateway prints one. Throws `unavailable`. */
  async link(): Promise<string | undefined> {
    await this.store.settle();
    const first = await this.store.read('FirstAdmin', keys.firstAdmin);
    if (first === undefined || !isDeepStrictEqual(first.record, this.#claim)) {
      const isAsked = this.config.adminLink !== undefined && this.config.adminLink !== first?.record.asked;
      const isGood = Date.parse(first?.record.link_until ?? '') > Date.now();
      if (!isAsked && (isGood || this.#administrators().some(({ password }) => password !== null))) return undefined;
      const until = new Date(Date.now() + LINK_MS).toISOString();
      const asked = isAsked ? this.config.adminLink : first?.record.asked;
      const claim = { v: 1, type: 'FirstAdmin', user_id: this.#accountFor(first?.record.user_id), link_until: until } as const;
      this.#claim = { ...claim, ...(asked !== undefined && { asked }) };
      if (!(await this.store.write(keys.firstAdmin, this.#claim, first?.revision ?? 0))) {
        this.#claim = undefined;
        return undefined;
      }
    }
    const { user_id: userId } = this.#claim!;
    const user = (await this.store.read('User', keys.user(userId)))?.record;
    if (user === undefined) await this.accounts.create({ user_id: userId, email: null, role: 'admin', password: null });
    // With a password only where a link was asked for: its user could not choose another one without the old one.
    else if (user.password !== null) await this.accounts.clearPassword(userId);
    const { secret } = await this.links.create(userId, LINK_MS);
    this.#claim = undefined;
    return secret;
  }

  /** Those that may be used, the oldest first. */
  #administrators(): User[] {
    return this.store
      .all('User')
      .filter(({ role, disabled_at: disabled }) => role === 'admin' && disabled === null)
      .toSorted((one, other) => (one.created_at < other.created_at ? -1 : 1));
  }

  /** The administrator that the last link was for, else the oldest; a new one where there is none. */
  #accountFor(last: string | undefined): string {
    const administrators = this.#administrators();
    const found = administrators.find(({ user_id: id }) => id === last) ?? administrators[0];
    if (found !== undefined) return found.user_id;
    return last !== undefined && this.store.known('User', keys.user(last)) === undefined ? last : newUserId();
  }

  get #origin(): string {
    const [known] = this.config.origins;
    if (known !== undefined) return known.text;
    const host = ['0.0.0.0', '::'].includes(this.config.host) ? '127.0.0.1' : this.config.host;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.config.port}`;
  }
}
