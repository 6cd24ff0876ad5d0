/** Job ids as they may be typed: the whole, its beginning, its end, or `-` for the one that was submitted last from here. */
import type { Client } from '@manyhands/sdk';
import { CommandEnd, EXIT, usage } from '../exit.ts';

const whole = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const part = /^[0-9a-f-]{3,36}$/i;
/** The newest jobs, among which a part of an id is looked for. */
const searchedMax = 2_000;

export interface JobIdSource {
  client: Pick<Client, 'each'>;
  lastJob: string | undefined;
}

/** Throws a sentence when it names no job, or several. */
export async function jobIdOf(typed: string, { client, lastJob }: JobIdSource, signal?: AbortSignal): Promise<string> {
  if (typed === '-') {
    if (lastJob === undefined)
      throw usage('No job was submitted from here yet, so "-" names none. "manyhands ls" lists the jobs of the system.');
    return lastJob;
  }
  if (whole.test(typed)) return typed.toLowerCase();
  if (!part.test(typed)) throw usage(`${JSON.stringify(typed)} is no job id, and no part of one. "manyhands ls" lists the jobs.`);
  const wanted = typed.toLowerCase();
  const found: string[] = [];
  let searched = 0;
  for await (const { job_id: id } of client.each({ limit: 200 }, { signal })) {
    if (id.startsWith(wanted) || id.endsWith(wanted)) found.push(id);
    searched += 1;
    if (searched >= searchedMax) break;
  }
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw usage(
      `${found.length} jobs match ${typed}: ${found.slice(0, 5).join(', ')}${found.length > 5 ? ', …' : ''}. Type more of the id.`,
    );
  throw new CommandEnd(
    EXIT.failed,
    searched >= searchedMax
      ? `None of the newest ${searchedMax} jobs matches ${typed}. Type the whole id.`
      : `No job matches ${typed}. "manyhands ls" lists the jobs.`,
  );
}
