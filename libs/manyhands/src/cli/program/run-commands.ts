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
  program
    .command('server')
    .description('runs the whole system, with the kinds that come with Manyhands')
    .option('--port <n>', 'port of dashboard and API (PORT, default 8000)')
    .option('--slots <n>', 'chunks computed at once by each compute process')
    .option('--compute <n>', 'compute processes (default 1)')
    .action(action(() => import('../commands/server.ts')));
}
