/** Settings of the kind `script`: what users' own code may use, and whose code is run. */
import { UserId } from '../ids.ts';
import * as value from './setting-values.ts';

/** Of the interpreter; its stack is part of a thread's. */
const SCRIPT_MEMORY_MB_MIN = 4;
const SCRIPT_MEMORY_MB_MAX = 1_024;
const SCRIPT_STACK_KB_MIN = 64;
const SCRIPT_STACK_KB_MAX = 1_024;
const SCRIPT_SECONDS_MAX = 3_600;
/** A partial of a job has at most 64 MB. */
const SCRIPT_OUTPUT_KB_MAX = 16_384;

export const SCRIPT_SETTINGS = {
  MANYHANDS_SCRIPT_BUBBLEWRAP: {
    ...value.oneOf('auto', 'required', 'off'),
    about:
      'Whether a compute process runs the code of the kind `script` inside bubblewrap (the program `bwrap`): where it is there and works, only with it (without it the process does not start, unless `MANYHANDS_KINDS` leaves `script` out), or never. Without it `script` is refused to accounts that are not trusted.',
    default: 'auto',
    readers: ['compute'],
    wrong: 'on',
  },
  MANYHANDS_SCRIPT_MEMORY_MB: {
    ...value.wholeNumber(SCRIPT_MEMORY_MB_MIN, SCRIPT_MEMORY_MB_MAX, ' of megabytes'),
    about: 'Megabytes that one script may hold while a chunk runs.',
    default: '64',
    readers: ['compute'],
    wrong: '1025',
  },
  MANYHANDS_SCRIPT_STACK_KB: {
    ...value.wholeNumber(SCRIPT_STACK_KB_MIN, SCRIPT_STACK_KB_MAX, ' of kilobytes'),
    about: 'Kilobytes of stack of one script: how deep its functions may call each other.',
    default: '512',
    readers: ['compute'],
    wrong: '1025',
  },
  MANYHANDS_SCRIPT_SECONDS: {
    ...value.wholeNumber(1, SCRIPT_SECONDS_MAX, ' of seconds'),
    about:
      'Seconds that a script may take for one chunk, or to join two results, whatever the limits of its job; a second later its process is ended.',
    default: '10',
    readers: ['compute'],
    wrong: '3601',
  },
  MANYHANDS_SCRIPT_OUTPUT_KB: {
    ...value.wholeNumber(1, SCRIPT_OUTPUT_KB_MAX, ' of kilobytes'),
    about: 'Kilobytes that one chunk of a script may leave as JSON.',
    default: '1024',
    readers: ['compute'],
    wrong: '16385',
  },
  MANYHANDS_TRUSTED_ACCOUNTS: {
    ...value.listOf(UserId, 'ids of accounts, separated by commas'),
    about:
      'Accounts that may run the kind `script` where workers have no bubblewrap, besides administrators, by their ids (`GET /v1/users`). List only people whom you would let run a program on those machines.',
    unset: 'administrators only',
    example: '019d3f9c-7a10-7cc0-8f2e-5b1d6a3e9c41',
    readers: ['gateway'],
    wrong: 'ada@example.org',
  },
} as const;
