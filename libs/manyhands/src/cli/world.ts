/** What a command may use of the process it runs in, so that tests can give it another one. */
import type { Readable } from 'node:stream';

export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** False: it takes no more until it has drained. */
  write(text: string | Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { isTTY?: boolean | undefined };
  /** Data only. */
  readonly stdout: Output;
  /** Progress, sentences, questions. */
  readonly stderr: Output;
  readonly fetch: typeof fetch;
  /** Aborted by Ctrl-C; the second one ends the process. */
  readonly interrupt: AbortSignal;
  /** From now on the command itself handles the signals of the process. */
  release(): void;
}
