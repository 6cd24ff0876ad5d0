/** One run of the command line: its options for all commands, the client they lead to, and how it prints. */
import type { JobView } from '@manyhands/proto';
import { createClient, type Client } from '@manyhands/sdk';
import { readConfig } from './config/config-file.ts';
import { findSystem, type FoundSystem } from './config/address.ts';
import { EXIT } from './exit.ts';
import { lastJob, rememberJob } from './config/last-job.ts';
import { LiveLine } from './print/live-line.ts';
import { table } from './print/table.ts';
import type { World } from './world.ts';

export interface SharedOptions {
  url?: string;
  profile?: string;
  json?: boolean;
}

export class Session {
  readonly world: World;
  /** What the process ends with unless an error is thrown. */
  exitCode: number = EXIT.completed;
  /** The address that was asked, for sentences. */
  urlAsked: string | undefined;
  /** The live line, while there is one. */
  line: LiveLine | undefined;
  #options: SharedOptions = {};
  #client: Client | undefined;

  constructor(world: World) {
    this.world = world;
  }

  use(options: SharedOptions): void {
    this.#options = options;
  }

  get json(): boolean {
    return this.#options.json === true;
  }

  get system(): FoundSystem {
    const found = findSystem(this.#options, this.world.env, this.world.cwd, readConfig(this.world.env));
    this.urlAsked = found.url;
    return found;
  }

  /** The system to sign in to, whose profile may be a new one. */
  get systemToSignIn(): FoundSystem {
    const { env, cwd } = this.world;
    const config = readConfig(env);
    const { profile, ...options } = this.#options;
    const isNew = profile !== undefined && config.profiles[profile] === undefined;
    const found = findSystem(isNew ? options : this.#options, env, cwd, config);
    this.urlAsked = found.url;
    return found;
  }

  get client(): Client {
    const { url, token } = this.system;
    return (this.#client ??= createClient({ baseUrl: url, fetch: withToken(this.world.fetch, token) }));
  }

  /** Data, to standard output. Waits while the reader is slower. */
  async print(text: string | Uint8Array): Promise<void> {
    if (!this.world.stdout.write(text)) await new Promise<void>((resolve) => void this.world.stdout.once('drain', resolve));
  }

  printJson(document: unknown): Promise<void> {
    return this.print(`${JSON.stringify(document, null, this.world.stdout.isTTY ? 2 : undefined)}\n`);
  }

  /** A table to standard output; what stands for an empty one goes to standard error. Headings stand above where a person reads. */
  async printTable(headings: readonly string[], rows: readonly (readonly string[])[], none: string): Promise<void> {
    if (rows.length === 0) return this.note(none);
    const { isTTY, columns } = this.world.stdout;
    const heads = headings.length > 0 ? headings : rows[0]!.map(() => '');
    await this.print(
      table(heads, rows, {
        heads: headings.length > 0 && isTTY === true,
        // Some terminals state a width of 0, which is none.
        ...(isTTY && columns ? { width: columns } : {}),
      }),
    );
  }

  /** A sentence, to standard error. */
  note(text: string): void {
    this.world.stderr.write(`${text}\n`);
  }

  /** Draws a job while `views` go by; returns the last. */
  async follow(views: AsyncIterable<JobView>): Promise<JobView | undefined> {
    const line = (this.line = new LiveLine(this.world.stderr));
    let last: JobView | undefined;
    try {
      for await (const view of views) {
        last = view;
        line.show(view);
      }
    } finally {
      line.end();
      this.line = undefined;
    }
    return last;
  }

  remember(jobId: string): void {
    rememberJob(this.world.env, this.system.url, jobId);
  }

  get lastJob(): string | undefined {
    return lastJob(this.world.env, this.system.url);
  }
}

function withToken(fetchIt: typeof fetch, token: string | undefined): typeof fetch {
  if (token === undefined) return fetchIt;
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetchIt(input, { ...init, headers });
  };
}
