/**
 * Exit codes, and the reasons to end with them.
 *
 * Invariant: a script can rely on the numbers; docs/cli.md lists them.
 */
import { WrongSettings } from '@manyhands/proto/settings';
import { ApiProblem } from '@manyhands/sdk';
import { CommanderError } from 'commander';

export const EXIT = {
  completed: 0,
  /** A job failed or was cancelled, or a request was refused for a reason that the command line is not. */
  failed: 1,
  usage: 2,
  noAnswer: 3,
  notAllowed: 4,
  /** Completed, with failed chunks. */
  withFailures: 5,
  timeout: 124,
  interrupted: 130,
} as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a sentence that states what is wrong, then what to type. */
export class CommandEnd extends Error {
  override readonly name = 'CommandEnd';
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function usage(message: string): CommandEnd {
  return new CommandEnd(EXIT.usage, message);
}

export interface Ending {
  code: number;
  /** Printed to standard error; empty: all was printed. */
  text: string;
}

/** What a thrown error means for a script and for a user. `url`: of the system that was asked. */
export function endingOf(error: unknown, url: string | undefined): Ending {
  if (error instanceof CommandEnd) return { code: error.code, text: error.message };
  if (error instanceof WrongSettings) return { code: EXIT.usage, text: error.message };
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? EXIT.completed : EXIT.usage, text: '' };
  if (error instanceof ApiProblem) return endingOfProblem(error, url ?? 'its address');
  const code = (error as { code?: unknown } | undefined)?.code;
  const isSentence =
    error instanceof Error && (error.name === 'Refusal' || error.name === 'ManyhandsError' || typeof code === 'string');
  return {
    code: EXIT.failed,
    text: isSentence ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

function endingOfProblem(problem: ApiProblem, url: string): Ending {
  const { status, message, retryAfterSec } = problem;
  const again = /try again/i.test(message)
    ? ''
    : retryAfterSec === undefined
      ? ' Try again later.'
      : ` Try again in ${retryAfterSec} s.`;
  if (status === 0)
    return {
      code: EXIT.noAnswer,
      text: `No Manyhands answers at ${url}. Start one with "npx manyhands dev", or name another with --url or MANYHANDS_URL.`,
    };
  if (status === 401 || status === 403)
    return {
      code: EXIT.notAllowed,
      text: `${url} does not allow this: ${message}${status === 401 ? ' Sign in with "manyhands login", or set MANYHANDS_TOKEN to an API key.' : ''}`,
    };
  if (status === 502 || status === 503 || status === 504) return { code: EXIT.noAnswer, text: `${message}${again}` };
  if (status === 429) return { code: EXIT.failed, text: `${message}${again}` };
  if (status === 400 || status === 422 || status === 413) return { code: EXIT.usage, text: refusalOf(problem) };
  return { code: EXIT.failed, text: message };
}

/** Fields as the command line has them: `body.params.width` is `--width`. */
function refusalOf({ message, fields }: ApiProblem): string {
  if (fields.length === 0) return message;
  return fields.map(({ loc, msg }) => `${optionOf(loc)} ${msg}`).join('\n');
}

function optionOf(loc: readonly (string | number)[]): string {
  const [, first, ...rest] = loc;
  if (first === 'params') return rest.length === 0 ? 'the parameters:' : `--${rest.join('.')}:`;
  return `${[first, ...rest].filter((part) => part !== undefined).join('.')}:`;
}
