/** `manyhands why`: where the time of a job went, and what to do about it. */
import { duration } from '@manyhands/observe/progress';
import type { JobProfile } from '@manyhands/sdk';
import type { Command } from 'commander';
import { jobIdOf } from '../jobs/job-id.ts';
import type { Session } from '../session.ts';

const BAR_CHARS = 24;
const LEVELS = ' ▁▂▃▄▅▆▇█';

export async function run(session: Session, command: Command): Promise<void> {
  const jobId = await jobIdOf(command.args[0] ?? '-', session, session.world.interrupt);
  const profile = await session.client.profile(jobId, { signal: session.world.interrupt });
  if (session.json) return session.printJson(profile);
  await session.print(`${profile.advice}\n\n`);
  await session.printTable(['PART', 'TIME', 'SHARE', ''], partRows(profile), '');
  if (profile.timeline.rows.length > 0) {
    await session.print('\n');
    await session.printTable(
      ['SLOT', 'BUSY', 'CHUNKS', `EACH LETTER ${duration(profile.timeline.stretch_sec)}`],
      slotRows(profile),
      '',
    );
  }
  if (profile.stragglers.length > 0) {
    await session.print('\n');
    await session.printTable(['SLOWEST', 'SLOT', 'BEGAN AFTER', 'TOOK', 'A CHUNK'], slowRows(profile), '');
  }
}

function partRows({ measured_sec: all, parts }: JobProfile): string[][] {
  return parts.map(({ what, sec }) => {
    const share = all > 0 ? sec / all : 0;
    return [what, duration(sec), `${Math.round(share * 100)} %`, '█'.repeat(Math.round(share * BAR_CHARS))];
  });
}

function slotRows({ timeline: { rows } }: JobProfile): string[][] {
  return rows.map(({ worker, slot, slots, busy_sec: sec, chunks, busy }) => [
    slots > 1 ? `${worker} (${slots} or more)` : `${worker}/${slot}`,
    duration(sec),
    String(chunks),
    `|${busy.map((share) => LEVELS[Math.ceil(share * (LEVELS.length - 1))]).join('')}|`,
  ]);
}

function slowRows({ stragglers }: JobProfile): string[][] {
  return stragglers.map(({ begin, end, worker, slot, began_sec: began, took_sec: took, times_median: times }) => [
    end - begin === 1 ? `chunk ${begin}` : `chunks ${begin}-${end - 1}`,
    `${worker}/${slot}`,
    duration(began),
    duration(took),
    `${times}× the median`,
  ]);
}
