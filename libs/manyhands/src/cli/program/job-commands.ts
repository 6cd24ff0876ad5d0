/** The commands about jobs. */
import { type Command, Option } from 'commander';
import { InputForm, JOB_STATUSES, LogLevel } from '@manyhands/proto';
import { RESULT_FORMATS } from '../jobs/print-results.ts';
import type { MakeAction } from './action.ts';

const idAbout = 'whole, its beginning or end, or - for the last one submitted from here';

export function addJobCommands(program: Command, action: MakeAction): void {
  program.commandsGroup('Jobs:');
  withSubmission(program.command('run <kind>'))
    .description('submits a job, shows its progress and prints its result')
    .option('--chunks <n>', 'into how many chunks it is split')
    .action(action(() => import('../commands/run.ts')));
  const map = program.command('map <kind> <file>');
  withSubmission(map)
    .usage('<kind> <file or -> [options] [parameters]')
    .description('computes each item of a file, or of standard input (-), and prints the results in their order')
    .addOption(
      new Option('--form <form>', 'in which form the items are sent; without it the name of the file shows it').choices(
        InputForm.options,
      ),
    )
    .addOption(formatOption())
    .action(action(() => import('../commands/map.ts')));
  program
    .command('results <job>')
    .description('prints what a job has computed')
    .addOption(formatOption())
    .action(action(() => import('../commands/results.ts')));
  program
    .command('failures <job>')
    .description('lists the items that failed, and why')
    .action(action(() => import('../commands/failures.ts')));
  const files = program.command('files').description('the files that a job left');
  files
    .command('ls <job>', { isDefault: true })
    .description('lists the files that a job has left until now')
    .action(action(() => import('../commands/files.ts')));
  files
    .command('get <job> [names...]')
    .description('prints one file, or writes several, or all of them, into a folder')
    .option('--to <folder>', 'where they are written (default files-<job>)')
    .action(action(() => import('../commands/files.ts')));
  program
    .command('logs <job>')
    .description('prints what the task code of a job logged')
    .option('-f, --follow', 'goes on with each line as it comes, to the end of the job')
    .addOption(new Option('--level <level>', 'only lines of this level or a higher one').choices(LogLevel.options))
    .option('--worker <id>', 'only lines of this worker')
    .action(action(() => import('../commands/logs.ts')));
  program
    .command('ls')
    .description('lists jobs, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(JOB_STATUSES))
    .option('--kind <kind>', 'only of this kind')
    .addOption(tagFilter())
    .option('--limit <n>', 'how many', '20')
    .action(action(() => import('../commands/ls.ts')));
  program
    .command('get <job>')
    .description('prints a job as it is now')
    .action(action(() => import('../commands/get.ts')));
  program
    .command('why <job>')
    .description('prints where the time of a job went, and what to do about it')
    .action(action(() => import('../commands/why.ts')));
  program
    .command('share <job>')
    .description('makes a link that shows a job to who has no account')
    .option('--hours <n>', 'how long it is good (default 168, at most 720)')
    .option('--list', 'lists those that are good instead')
    .option('--revoke <id>', 'ends one of them instead')
    .action(action(() => import('../commands/share.ts')));
  program
    .command('watch <job>')
    .description('shows the progress of a job to its end; with --json each state is a line')
    .option('--timeout <time>', 'stops after this time, like 10m; the job goes on')
    .option('--allow-failures', 'exits with 0 though chunks failed')
    .action(action(() => import('../commands/watch.ts')));
  for (const [name, about] of [
    ['cancel', 'cancels jobs'],
    ['pause', 'pauses jobs: nothing of them is computed until they are resumed'],
    ['resume', 'resumes paused jobs'],
    ['requeue', 'runs the dead chunks of jobs again'],
    ['delete', 'removes jobs that are over, with their results, files and logs'],
  ] as const)
    program
      .command(`${name} [jobs...]`)
      .description(about)
      .addOption(new Option('--status <status>', 'all jobs with this status').choices(JOB_STATUSES))
      .option('--kind <kind>', 'all jobs of this kind')
      .addOption(tagFilter())
      .option('--yes', 'does not ask')
      .action(action(() => import(`../commands/change-jobs.ts`)));
  program.commands
    .flatMap((command) => command.registeredArguments)
    .filter((argument) => /^jobs?$/.test(argument.name()))
    .forEach((argument) => (argument.description = `id of a job: ${idAbout}`));
}

function tagFilter(): Option {
  return new Option('--tag <name=value>', 'only jobs with this tag');
}

function formatOption(): Option {
  return new Option('--format <format>', 'of lines: lines (with the index of the item), bare, csv or json').choices(
    RESULT_FORMATS,
  );
}

/** What every submission may ask for. */
function withSubmission(command: Command): Command {
  return command
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('<kind> [options] [parameters]')
    .option('--params <json>', `parameters as JSON, or @file; each can be an option too: --width 640`)
    .option('--detach', 'prints the id of the job and does not wait')
    .option('--timeout <time>', 'stops waiting after this time, like 10m; the job goes on')
    .option('--allow-failures', 'exits with 0 though chunks failed')
    .option('--high', 'goes before others')
    .option('--low', 'lets others go before')
    .option('--attempts <n>', 'runs of one chunk before it is dead')
    .option('--soft-limit <seconds>', 'after which a chunk is asked to stop')
    .option('--hard-limit <seconds>', 'after which the thread of a chunk is ended')
    .addOption(new Option('--on-dead <what>', 'when a chunk is dead').choices(['fail', 'continue']))
    .option('--max-failed <n or share>', 'how many may fail before the job does, like 100 or 2%')
    .option('--at-once <n>', 'how many are computed at once, all workers together')
    .option('--tag <name=value>', 'by which the job is found; may be given several times', (tag, before: string[] = []) => [
      ...before,
      tag,
    ])
    .option('--notify <url>', 'an address that is sent an event when the job is over')
    .option('--notify-on <ends>', 'only of these: completed, failed, cancelled')
    .option('--notify-secret <name>', 'the secret of the workers that the event is signed with')
    .option('--key <key>', 'the same key within 24 hours is the same job');
}
