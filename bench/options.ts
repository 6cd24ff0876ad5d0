/** What `npm run bench` may be asked for. Pure. */
import type { Command, CommandLine } from '@manyhands/proto/settings';
import { numberOf, wordOf } from '../deploy/local/src/prepare/tool.ts';
import type { Durability } from './contender.ts';

export interface BenchOptions {
  only: string;
  classes: readonly Durability[];
  rounds: number;
  isWantedPeer: (name: string) => boolean;
  again: boolean;
  writeDocs: boolean;
  /** A commit this code is compared with, instead of peers. */
  against?: string;
}

const classes: readonly Durability[] = ['always', '1s'];

export const benchCommand: Command = {
  typed: 'npm run bench -- [options]',
  about:
    'Measures this system, and what a user would pick instead, on this machine; writes .reports/bench.json. Peers are fetched on first use; one that cannot be had is left out with a line that says why.',
  reader: 'bench',
  options: {
    only: { value: 'TEXT', about: 'only workloads whose name has it' },
    class: {
      value: 'CLASSES',
      about: 'always (stored before it is acknowledged), 1s (within a second), or both (default always,1s)',
    },
    rounds: { value: 'N', about: 'how often each is measured (default 3)' },
    peers: { value: 'TEXTS', about: 'only peers whose name has one of them, separated by commas' },
    'no-peers': { about: 'this system alone: nothing is fetched' },
    again: { about: 'with --only: takes its place in the run before, whose other figures stay' },
    against: {
      value: 'COMMIT',
      about: 'this code beside that of a commit, in turns; no peers, and nothing is written',
    },
    'write-docs': { about: 'also writes the tables and pictures of docs/performance.md' },
  },
};

/** Throws `WrongSettings`. */
export function parseBench(values: CommandLine['values']): BenchOptions {
  const text = (name: string, otherwise: string): string => String(values[name] ?? otherwise);
  const peers = text('peers', '').toLowerCase().split(',');
  return {
    only: text('only', ''),
    classes: text('class', classes.join(','))
      .split(',')
      .map((word) => wordOf('npm run bench', 'class', word, classes)),
    rounds: numberOf(
      'npm run bench',
      'rounds',
      text('rounds', '3'),
      'a whole number from 1',
      (n) => Number.isSafeInteger(n) && n > 0,
    ),
    isWantedPeer: (name) => !values['no-peers'] && peers.some((part) => name.toLowerCase().includes(part)),
    again: values['again'] === true,
    writeDocs: values['write-docs'] === true,
    ...(values['against'] !== undefined && { against: String(values['against']) }),
  };
}
