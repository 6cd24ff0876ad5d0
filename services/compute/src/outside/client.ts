/**
 * Sends requests of jobs to the outside, and reads their answers, within the rules: addresses, redirects, time, size, breakers.
 *
 * Invariant: each address is checked before something is sent to it, that of a redirect too. Each request ends: with its answer, or with an error that states
 * whether it is tried again. `ComputeRefused`: never; `RetryLater`: not before a time; any other: as the job has it.
 */
import { ComputeRefused } from '@manyhands/worker/task';
import type { OutsidePlace } from '@manyhands/proto/settings';
import type { Agent, Dispatcher } from 'undici';
import { Deadline } from './deadline.ts';
import { exchange } from './exchange.ts';
import { GuardRefusal, guardedAgent, resolveBySystem, type Resolve } from './guard.ts';
import { HostBook } from './host-book.ts';
import { isOutage, methodAfter, readStatus } from './reading.ts';
import { networksOf, type ReadTarget, type Target, targetReader } from './target.ts';

export interface OutsideRequest {
  /** The job whose breakers hold it back, and no other's. Absent: those of all requests without one. */
  owner?: string;
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
  /** From its first byte to the last one of the answer; each redirect has as long again. */
  timeoutMs: number;
  /** Of the answer, after decompression; the rest is not read. */
  bytesMax: number;
  /** Redirects that are followed. */
  redirectsMax: number;
  signal: AbortSignal;
  /** Called before a request goes to an address, that of a redirect too; what it throws ends the request. */
  approve?: (url: URL) => Promise<void> | void;
}

export interface OutsideAnswer {
  /** Where it came from, after redirects. */
  url: URL;
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  /** It is longer than what was read of it. */
  isCut: boolean;
  redirects: number;
}

/** Counted by what becomes of each request. */
export type Fate = 'answered' | 'failed' | 'refused' | 'held';

export interface OutsideOptions {
  places: readonly OutsidePlace[];
  resolve?: Resolve;
  hosts?: HostBook;
  /** Called with what became of each request. */
  ended?: (fate: Fate) => void;
}

/** Of an answer that moved elsewhere: a target alone gets what was meant for the first host. */
const OWN_HEADERS = new Set(['accept', 'accept-language', 'accept-encoding', 'user-agent']);
type Goal = Target & { is: 'target' };

export class OutsideClient {
  readonly #read: ReadTarget;
  readonly #hosts: HostBook;
  readonly #ended: (fate: Fate) => void;
  readonly #guarded: Agent;
  readonly #listed: Agent;

  constructor({ places, resolve = resolveBySystem, hosts = new HostBook(), ended = () => {} }: OutsideOptions) {
    this.#read = targetReader(places);
    this.#hosts = hosts;
    this.#ended = ended;
    this.#guarded = guardedAgent(networksOf(places), resolve);
    this.#listed = guardedAgent(undefined, resolve);
  }

  async send(request: OutsideRequest): Promise<OutsideAnswer> {
    let goal = this.#goalOf(request.url);
    let { method, headers, body } = request;
    for (let redirects = 0; ; redirects += 1) {
      await request.approve?.(goal.url);
      const answer = await this.#ask(goal, { ...request, method, headers, body });
      const { location } = answer.headers;
      if (readStatus(answer.status) !== 'moved' || location === undefined) return { ...answer, redirects };
      const next = methodAfter(answer.status, method);
      if (next === undefined || request.redirectsMax === 0) return { ...answer, redirects };
      if (redirects === request.redirectsMax)
        throw this.#refuse(`more than ${request.redirectsMax} redirects, the last one to ${location.slice(0, 200)}`);
      const from = goal.url;
      goal = this.#goalOf(location, from);
      if (next !== method) body = undefined;
      method = next;
      if (goal.url.origin !== from.origin) headers = ownHeaders(headers);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#guarded.destroy(), this.#listed.destroy()]);
  }

  #goalOf(text: string, from?: URL): Goal {
    const target = this.#read(text, from);
    if (target.is === 'target') return target;
    throw this.#refuse(from === undefined ? target.why : `${from.host} redirects, and ${target.why}`);
  }

  async #ask(
    { url, isListed }: Goal,
    { owner, method, headers, body, bytesMax, timeoutMs, signal }: OutsideRequest,
  ): Promise<Omit<OutsideAnswer, 'redirects'>> {
    const pass = this.#passOf(url.host, owner);
    const deadline = new Deadline(timeoutMs, signal);
    try {
      const received = await exchange(
        isListed ? this.#listed : this.#guarded,
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: method as Dispatcher.HttpMethod,
          headers,
          body: body ?? null,
          // The deadline is both.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        bytesMax,
        deadline,
      );
      const { status } = received;
      pass.settle(isOutage(status) ? 'failed' : 'answered', `it answered ${status}`);
      this.#ended('answered');
      return { url, ...received };
    } catch (error) {
      if (deadline.isCancelled) {
        pass.settle('left');
        throw error;
      }
      if (refusalIn(error)) {
        pass.settle('left');
        throw this.#refuse(refusalIn(error)!.message);
      }
      const why = deadline.isOver ? `it did not answer within ${deadline.ms / 1_000} s` : reasonOf(error);
      pass.settle('failed', why);
      this.#ended('failed');
      throw new Error(`${url.host}: ${why}`, { cause: error });
    } finally {
      deadline.clear();
    }
  }

  #passOf(host: string, owner: string | undefined): ReturnType<HostBook['pass']> {
    try {
      return this.#hosts.pass(host, owner);
    } catch (error) {
      this.#ended('held');
      throw error;
    }
  }

  #refuse(why: string): ComputeRefused {
    this.#ended('refused');
    return new ComputeRefused(why);
  }
}

function ownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => OWN_HEADERS.has(name.toLowerCase())));
}

/** undici, and Node where it tries several addresses, put it into errors of their own. */
function refusalIn(error: unknown): GuardRefusal | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1)
    if (at instanceof GuardRefusal) return at;
  return undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const message = error.message || (error instanceof AggregateError ? String(error.errors[0]) : '') || 'the connection failed';
  return code !== undefined && !message.includes(code) ? `${message} (${code})` : message;
}
