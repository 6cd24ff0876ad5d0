/** What a question about finished jobs means in SQL. Pure. */
import type { QueryHistory } from '@manyhands/proto';
import type { SqlValue } from '../sql/sql.ts';
import { firstIdAt } from './history.ts';

export type Search = Omit<QueryHistory, 'v' | 'type' | 'limit' | 'busy'>;

export interface Conditions {
  where: string;
  values: SqlValue[];
}

type Condition = [string, SqlValue | undefined];

/** What an index finds. */
export function indexed({ tenant, status, kind, from, to, before, tag, error }: Search): Conditions {
  return joined([
    ['tenant = ?', tenant],
    ['status = ?', status],
    ['kind = ?', kind],
    ['job_id >= ?', from && firstIdAt(Date.parse(from))],
    ['job_id < ?', to && firstIdAt(Date.parse(to))],
    ['job_id < ?', before],
    ['job_id IN (SELECT job_id FROM job_tags WHERE tag = ?)', tag],
    // The index of jobs in trouble holds no others.
    ['trouble IS NOT NULL AND ? = 1', error === undefined ? undefined : 1],
  ]);
}

/** What each row must be looked at for. */
export function looked({ error, longer_than: longer, shorter_than: shorter }: Search): Conditions {
  return joined([
    // Written in small letters, but by earlier releases; both databases know the small ones of A to Z alone.
    ["lower(trouble) LIKE ? ESCAPE '!'", error && `%${escaped(error.toLowerCase())}%`],
    ['duration_sec >= ?', longer],
    ['duration_sec < ?', shorter],
  ]);
}

function joined(conditions: readonly Condition[]): Conditions {
  const given = conditions.filter((condition): condition is [string, SqlValue] => condition[1] !== undefined);
  return {
    where: given.length === 0 ? '1 = 1' : given.map(([condition]) => condition).join(' AND '),
    values: given.map(([, value]) => value),
  };
}

/** A text that is found as it is, also where it holds `%` or `_`. */
function escaped(text: string): string {
  return text.replaceAll(/[!%_]/g, '!$&');
}
