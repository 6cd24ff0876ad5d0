/** The commands about the system, and about the command line itself. */
import type { Command } from 'commander';
import type { MakeAction } from './action.ts';

export function addSystemCommands(program: Command, action: MakeAction): void {
  program.commandsGroup('System:');
  const kinds = program.command('kinds').description('lists what can be computed');
  kinds
    .command('ls', { isDefault: true })
    .description('lists kinds')
    .action(action(() => import('../commands/kinds.ts')));
  kinds
    .command('show <kind>')
    .description('prints the parameters of a kind and how it is run')
    .action(action(() => import('../commands/kind-show.ts')));
  kinds
    .command('rm <kinds...>')
    .description('removes kinds that no worker computes any more')
    .action(action(() => import('../commands/kind-rm.ts')));
  const workers = program.command('workers').description('lists the live workers and what they compute');
  workers
    .command('ls', { isDefault: true })
    .description('lists workers')
    .action(action(() => import('../commands/workers.ts')));
  workers
    .command('drain <workers...>')
    .description('orders workers to take no more leases and to end those they have; their processes stay')
    .action(action(() => import('../commands/worker-drain.ts')));
  program
    .command('queues')
    .description('lists what waits for a slot, and how much is computed')
    .action(action(() => import('../commands/queues.ts')));
  const dead = program.command('dead').description('lists dead chunks');
  dead
    .command('ls [job]', { isDefault: true })
    .description('lists dead chunks, oldest first')
    .option('--limit <n>', 'how many', '20')
    .action(action(() => import('../commands/dead.ts')));
  dead
    .command('rm <letters...>')
    .description('removes dead letters; their chunks stay dead')
    .action(action(() => import('../commands/dead-rm.ts')));
  const schedules = program.command('schedules').description('lists jobs to come');
  schedules
    .command('ls', { isDefault: true })
    .description('lists schedules, newest first')
    .option('--limit <n>', 'how many', '20')
    .action(action(() => import('../commands/schedules.ts')));
  for (const [name, about] of [
    ['pause', 'stops schedules from making jobs until they are resumed'],
    ['resume', 'lets schedules go on'],
    ['rm', 'removes schedules; the jobs they made go on'],
  ] as const)
    schedules
      .command(`${name} <schedules...>`)
      .description(about)
      .action(action(() => import('../commands/change-schedules.ts')));
  program
    .command('doctor')
    .description('looks for what keeps jobs from being computed')
    .action(action(() => import('../commands/doctor.ts')));
  program.commandsGroup('Setup:');
  program
    .command('login')
    .description('signs in, and keeps an API key for this machine in a profile')
    .option('--email <address>', 'of the account; unless given, it is asked for')
    .option('--password <->', '- reads it from standard input; unless given, it is asked for')
    .option('--key <->', 'keeps a key that you have: - reads it from standard input')
    .option('--days <n>', 'how long the new key is good (without it: until it is revoked)')
    .action(action(() => import('../commands/login.ts')));
  program
    .command('logout')
    .description('revokes the key of a profile and removes it')
    .action(action(() => import('../commands/logout.ts')));
  program
    .command('whoami')
    .description('prints whose requests these are')
    .action(action(() => import('../commands/whoami.ts')));
  const config = program.command('config').description('names systems, so that --profile can choose one');
  for (const [name, about] of [
    ['ls', 'lists profiles'],
    ['set <name>', 'adds a profile, or changes it'],
    ['use <name>', 'makes a profile the usual one; - makes none'],
    ['rm <name>', 'removes a profile'],
  ] as const) {
    const each = config.command(name, { isDefault: name === 'ls' }).description(about);
    if (name.startsWith('set')) each.option('--token <token>', 'sent with each request; - reads it from standard input');
    each.action(action(() => import('../commands/config.ts')));
  }
  program
    .command('completion <shell>')
    .description('prints a script for the shell: bash, zsh or fish')
    .action(action(() => import('../commands/completion.ts')));
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .action(action(() => import('../commands/complete.ts')));
}
