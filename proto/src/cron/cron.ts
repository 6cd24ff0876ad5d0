/**
 * Reads a cron expression: five fields (minute, hour, day of month, month, day of week) or a name like `@daily`.
 *
 * As crontab(5) has it: where neither day field begins with a star a day that fits either is enough, `1-31` or `0-6` included; Sunday is 0 and 7. Days of week may go
 * round (`fri-mon`). A step larger than its range would match once in silence, so it is refused.
 */
import { CRON_FIELDS, refused, valuesOf } from './cron-field.ts';

export interface Cron {
  /** What the user wrote, with single spaces. */
  readonly text: string;
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** Whether a day must match both `days` and `weekdays`: one of them is a star. */
  readonly bothDays: boolean;
}

const NAMED: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** Throws `bad_request` with what is wrong and what would be right. */
export function parseCron(given: string): Cron {
  return cronOf(given, true);
}

/** One that was taken before: what is refused today as a slip still means what it meant. */
export function storedCron(text: string): Cron {
  return cronOf(text, false);
}

function cronOf(given: string, strict: boolean): Cron {
  const text = given.trim().replace(/\s+/g, ' ');
  const expression = text.startsWith('@') ? NAMED[text.toLowerCase()] : text;
  if (expression === undefined)
    throw refused(`"${text}" is not known; use one of ${Object.keys(NAMED).join(', ')}, or five fields`);
  const parts = expression.split(' ');
  if (parts.length !== CRON_FIELDS.length) {
    throw refused(
      `"${text}" has ${parts.length} field${parts.length === 1 ? '' : 's'}; it needs five: minute, hour, day of month, month, day of week, as in "30 6 * * 1-5"`,
    );
  }
  const [minutes, hours, days, months, weekdays] = CRON_FIELDS.map((field, index) => valuesOf(field, parts[index]!, strict)) as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  return { text, minutes, hours, days, months, weekdays, bothDays: isStar(parts[2]!) || isStar(parts[4]!) };
}

/** With a step above 1 it leaves days out, so it is a restriction like any other. */
function isStar(part: string): boolean {
  return part.split(',').some((item) => /^[*?](\/1)?$/.test(item));
}
