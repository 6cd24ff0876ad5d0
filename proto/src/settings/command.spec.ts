import { expect, it } from 'vitest';
import { helpOf, readCommandLine, type Command } from './command.ts';

const command: Command = {
  typed: 'npm start',
  about: 'Runs it.',
  reader: 'start',
  options: {
    port: { value: 'N', about: 'port of the dashboard', setting: 'PORT' },
    compute: { value: 'N', about: 'compute processes (default 1)' },
    keep: { about: 'goes on' },
  },
  settings: ['MANYHANDS_SLOTS'],
};

it('an option that stands for a setting goes before the environment, and is named as it was written', () => {
  expect(readCommandLine(command, ['--port', '9', '--compute=2', '--keep'], { PORT: '8', HOST: 'a' })).toEqual({
    values: { compute: '2', keep: true },
    environment: { PORT: '9', HOST: 'a' },
    spelled: { PORT: '--port' },
  });
  expect(readCommandLine(command, [], { PORT: '8' })).toEqual({ values: {}, environment: { PORT: '8' }, spelled: {} });
});

it('what is no option, or is not complete, is one sentence that names those there are', () => {
  const takes = 'it takes --port, --compute, --keep, --help.';
  expect(() => readCommandLine(command, ['--prot', '9'], {})).toThrow(
    `Manyhands cannot start: Unknown option '--prot'; ${takes}`,
  );
  expect(() => readCommandLine(command, ['9'], {})).toThrow(`Manyhands cannot start: Unexpected argument '9'; ${takes}`);
  expect(() => readCommandLine(command, ['--port'], {})).toThrow(
    /^Manyhands cannot start: Option '--port <value>' [^\n]*; it takes/,
  );
  expect(() => readCommandLine(command, ['--port', ' '], {})).toThrow(
    'Manyhands cannot start: --port must be a whole number from 1 to 65535 (it is empty).',
  );
});

it('help is made from the options and the table', () => {
  expect(readCommandLine(command, ['--port', '9', '--help'], {})).toBe('help');
  expect(helpOf(command)).toBe(`npm start: Runs it.

  --port N     port of the dashboard (PORT, default 8000)
  --compute N  compute processes (default 1)
  --keep       goes on
  --help       prints this text

Settings, from the environment or from .env:

  MANYHANDS_SLOTS  Chunks that one compute process computes at once, each in a thread of its own.
                   (unset: one per core)
`);
});
