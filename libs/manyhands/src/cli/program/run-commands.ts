/** The commands that run things on this machine. */
import type { Command } from 'commander';
import type { MakeAction } from './action.ts';

export function addRunCommands(program: Command, action: MakeAction): void {
  program.commandsGroup('Run:');
  program
    .command('dev [modules...]')
    .description(
      'runs the whole system and a worker for your kinds (default kinds/**/*.ts), which is started again when a file is saved',
    )
    .option('--port <n>', 'port of dashboard and API (PORT, default 8000)')
    .option('--slots <n>', 'chunks computed at once (default: one per core)')
    .option('--builtin', 'computes the kinds that come with Manyhands, too')
    .action(action(() => import('../commands/dev.ts')));
  program
    .command('worker [modules...]')
    .description('computes your kinds (default kinds/**/*.ts) for a system that runs')
    .option('--nats-url <url>', 'its NATS (NATS_URL; without it that of the system that runs in this folder)')
    .option('--slots <n>', 'chunks computed at once (MANYHANDS_SLOTS, default: one per core)')
    .option('--kinds <names>', 'only these, separated by commas (MANYHANDS_KINDS)')
    .option('--lanes <names>', 'only these priorities, separated by commas (MANYHANDS_LANES)')
    .action(action(() => import('../commands/worker.ts')));
  withKinds(program.command('test <kind> [file]'))
    .description('computes a kind of this folder here, without a system, and prints its lines or its result')
    .option('--chunks <n>', 'into how many chunks it is split')
    .action(action(() => import('../commands/test.ts')));
  withKinds(program.command('check [kind]'))
    .description('looks for what makes kinds of this folder wrong on many machines, like a merge that depends on the order')
    .option('--items <file>', 'items for a kind that takes some')
    .option('--seed <n>', 'the chance of an earlier check')
    .action(action(() => import('../commands/check.ts')));
  program
    .command('server')
    .description('runs the whole system, with the kinds that come with Manyhands')
    .option('--port <n>', 'port of dashboard and API (PORT, default 8000)')
    .option('--slots <n>', 'chunks computed at once by each compute process')
    .option('--compute <n>', 'compute processes (default 1)')
    .action(action(() => import('../commands/server.ts')));
}

/** What is done with kinds that no worker needs to run. */
function withKinds(command: Command): Command {
  return command
    .allowUnknownOption()
    .allowExcessArguments()
    .option('--modules <pattern>', 'where the kinds are (default kinds/**/*.ts)')
    .option('--params <json>', 'parameters as JSON, or @file; each can be an option too (default: the example of the kind)');
}
