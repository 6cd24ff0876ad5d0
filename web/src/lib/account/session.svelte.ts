/**
 * Who looks at this page. Asked of the gateway once, before anything else is shown:
 *
 *   asking ──no accounts here──▶ open          asking ──cookie good──▶ in ──signed out, or ended elsewhere──▶ the sign-in page, loaded anew
 *      └──no cookie──▶ out ──signed in──▶ in
 *
 * Invariant: the token is in memory alone. A page that its user leaves is loaded anew, so nothing of one account is left for the next one.
 */
import { ApiProblem, createClient, type Client, type SignedIn, type User } from '@manyhands/sdk';
import { sentenceOf } from '../api-problem.ts';
import { backoffMs } from '../backoff.ts';
import { AccessToken } from './access-token.ts';
import { signInAddress, type Standing } from './gate.ts';
import { signedFetch } from './signed-fetch.ts';
import { visitor } from './visitor.ts';

/** Under which this browser keeps what was typed and not sent; it goes with who typed it. */
export const draftsKey = 'manyhands-drafts';

/** Milliseconds to wait for an answer: a gateway that is frozen gives none. */
const patienceMs = 10_000;

class Session {
  standing = $state<Standing>('asking');
  user = $state.raw<User | null>(null);
  /** Whether visitors may make accounts. */
  registration = $state(false);
  /** Whose tokens the API takes beside its own. */
  providers = $state.raw<readonly string[]>([]);
  /** Whether a page of this system may end a worker process, to watch what happens. */
  killsWorkers = $state(false);
  /** Why it is not known yet who looks; null while there is hope. */
  problem = $state<string | null>(null);

  /** Whether there is anything to show but the pages for all. */
  entered = $derived(this.standing === 'open' || this.standing === 'in');
  isAdmin = $derived(this.standing === 'open' || (this.standing === 'in' && this.user?.role === 'admin'));

  readonly #token = new AccessToken(() => this.#renew());
  /** For every request to the API. */
  readonly fetch = signedFetch((input, init) => fetch(input, init), this);
  readonly client = createClient({ baseUrl: '', fetch: this.fetch });
  /** For administrators: asks for what a user has, or (`*`) all users. */
  clientOf(tenant: string | null): Client {
    return tenant === null ? this.client : createClient({ baseUrl: '', fetch: this.fetch, tenant });
  }

  readonly #tabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel('manyhands-session') : null;
  #leaving = false;
  /** Whether it is being found out who looks. */
  #asking = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** Started again, it goes on. */
  start(): void {
    if (this.#tabs) this.#tabs.onmessage = ({ data }: MessageEvent<unknown>) => this.#otherTab(data);
    if (this.standing === 'asking' && !this.#asking) void this.#ask(1);
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#asking = false;
    if (this.#tabs) this.#tabs.onmessage = null;
  }

  /** Signs in with a password, or makes the account first. Rejects with `ApiProblem`. */
  async signIn(way: 'login' | 'register', email: string, password: string): Promise<void> {
    this.#enter(await visitor[way]({ email, password }), true);
  }

  /** Signs in with the token of a link, which is good once. Rejects with `ApiProblem`. */
  async useLink(token: string): Promise<void> {
    this.#enter(await visitor.loginByLink(token), true);
  }

  /** Ends this session, or all of them. Rejects with `ApiProblem` when they could not be ended. */
  async signOut({ everywhere = false } = {}): Promise<void> {
    try {
      await (everywhere ? this.client.logoutEverywhere() : visitor.logout());
    } catch (error) {
      // It was over already.
      if (!isOver(error)) throw error;
    }
    this.#tabs?.postMessage('out');
    this.#leave('/');
  }

  /** Reads the account again, after a change of it. */
  async learn(): Promise<void> {
    this.user = await this.client.me();
  }

  current(): Promise<string | null> {
    return this.standing === 'in' ? this.#token.current() : Promise.resolve(null);
  }

  refuse(token: string): void {
    this.#token.refuse(token);
  }

  /** The gateway ended a connection of this session: the next request finds out whether it is over. */
  doubt(): void {
    this.#token.forget();
  }

  /** What stands in an address that the browser itself opens, where no header can be sent; good once, for some seconds. */
  async ticketed(address: string): Promise<string> {
    if (this.standing !== 'in') return address;
    const { ticket } = await this.client.ticket({ signal: AbortSignal.timeout(patienceMs) });
    return `${address}${address.includes('?') ? '&' : '?'}ticket=${encodeURIComponent(ticket)}`;
  }

  async #ask(attempt: number): Promise<void> {
    this.#asking = true;
    try {
      const { auth, registration, providers, kills_workers, session } = await visitor.auth({
        signal: AbortSignal.timeout(patienceMs),
      });
      this.killsWorkers = kills_workers === true;
      this.registration = registration;
      this.providers = providers.map(({ name }) => name);
      if (auth === 'off') this.standing = 'open';
      // Not asked in vain: the browser would log the refusal as an error of the page.
      else if (session === false) this.standing = 'out';
      else this.#enter(await this.#refreshed());
      this.problem = null;
    } catch (error) {
      if (isOver(error)) {
        this.standing = 'out';
        this.problem = null;
        return;
      }
      this.problem = sentenceOf(error);
      this.#retry = setTimeout(() => void this.#ask(attempt + 1), backoffMs(attempt, Math.random()));
    }
  }

  #refreshed(): Promise<SignedIn> {
    return visitor.refresh({ signal: AbortSignal.timeout(patienceMs) });
  }

  async #renew(): Promise<SignedIn | null> {
    try {
      const granted = await this.#refreshed();
      this.user = granted.user;
      return granted;
    } catch (error) {
      if (!isOver(error)) throw error;
      this.#leave(signInAddress(location.pathname + location.search, 'ended'));
      return null;
    }
  }

  #enter(granted: SignedIn, announce = false): void {
    this.#token.take(granted);
    this.user = granted.user;
    this.standing = 'in';
    if (announce) this.#tabs?.postMessage('in');
  }

  #otherTab(message: unknown): void {
    if (message === 'out' && this.standing === 'in') this.#leave('/');
    if (message === 'in' && this.standing !== 'in') void this.#ask(1);
  }

  #leave(address: string): void {
    if (this.#leaving) return;
    this.#leaving = true;
    try {
      localStorage.removeItem(draftsKey);
    } catch {
      // A browser that stores nothing.
    }
    location.replace(address);
  }
}

function isOver(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 401;
}

export const session = new Session();
