/** The commands: their names, arguments and options. What each does is imported when it is run. */
import { Command, Option } from 'commander';
import type { LazyAction } from './program/action.ts';
import { addJobCommands } from './program/job-commands.ts';
import { addRunCommands } from './program/run-commands.ts';
import { addSystemCommands } from './program/system-commands.ts';
import type { Session, SharedOptions } from './session.ts';
import { version } from './version.ts';

export function createProgram(session: Session): Command {
  const { world } = session;
  const program = new Command('manyhands')
    .description('Your own function over many items, on every core and machine that runs a worker.')
    .version(version(), '--version', 'prints the version')
    .addOption(new Option('--url <url>', 'the system to use (MANYHANDS_URL; without it the one that runs in this folder)'))
    .addOption(new Option('--profile <name>', 'the profile to use, see "manyhands config"'))
    .addOption(new Option('--json', 'prints JSON'))
    .helpOption('-h, --help', 'prints this text')
    .helpCommand('help [command]', 'prints the options of a command')
    .exitOverride()
    .showHelpAfterError('(--help lists what there is)')
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, '')),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      ...(world.stdout.columns !== undefined && { getOutHelpWidth: () => world.stdout.columns ?? 80 }),
    });
  const action =
    (load: LazyAction) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      session.use(command.optsWithGlobals<SharedOptions>());
      const { run } = await load();
      await run(session, command);
    };
  addRunCommands(program, action);
  addJobCommands(program, action);
  addSystemCommands(program, action);
  return program;
}
