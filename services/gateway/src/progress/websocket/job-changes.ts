/**
 * A job as a page follows it (`"changes":true` in `proto/src/messages/bridge.ts`). Pure.
 *
 * Invariant: the changes, merged into the view before, are the view after. They are cut out of the text, so every value stays as it was written.
 */
import { fieldsOf } from '@manyhands/proto';

/** The fields that change while a job runs. Where any other one does, the view is sent whole. */
const MOVING: ReadonlySet<string> = new Set([
  'progress',
  'completed_chunks',
  'failed_chunks',
  'duration_sec',
  'rate',
  'eta_sec',
  'duplicate_results',
  'retries',
  'chunks',
  'workers',
  'timing',
]);
/** Of the time split: how much was done. The rest is where the time went, slot by slot. */
const TIMING: ReadonlySet<string> = new Set(['ms', 'slots', 'leases', 'busy']);

/** The view without most of its time split. What is no view stays as it is. */
export function followedView(view: string): string {
  try {
    const fields = fieldsOf(view);
    const timing = fields.get('timing');
    if (timing === undefined) return view;
    const kept = [...fieldsOf(timing)].filter(([name]) => TIMING.has(name));
    return objectOf(fields.set('timing', objectOf(kept)));
  } catch {
    return view;
  }
}

/** The same, with what is estimated in four digits: the others would be a tenth of what is sent, and new each time. */
export function briefView(view: string): string {
  try {
    const fields = fieldsOf(followedView(view));
    for (const name of ['rate', 'eta_sec']) {
      const value: unknown = JSON.parse(fields.get(name) ?? 'null');
      if (typeof value === 'number') fields.set(name, JSON.stringify(Number(value.toPrecision(4))));
    }
    return objectOf(fields);
  } catch {
    return view;
  }
}

/** What changed from one view to the next; undefined where the next one must be sent whole. */
export function changesOf(before: string, after: string): string | undefined {
  try {
    const changes = changedFields(before, after);
    return changes && [...changes.keys()].every((name) => MOVING.has(name)) ? objectOf(changes) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: a field has gone. */
function changedFields(before: string, after: string): Map<string, string> | undefined {
  const [known, fields] = [fieldsOf(before), fieldsOf(after)];
  if ([...known.keys()].some((name) => !fields.has(name))) return undefined;
  const changed = new Map<string, string>();
  for (const [name, value] of fields) {
    const was = known.get(name);
    if (was === value) continue;
    if (was?.startsWith('{') && value.startsWith('{')) {
      const inside = changedFields(was, value);
      if (inside === undefined) return undefined;
      changed.set(name, objectOf(inside));
    } else changed.set(name, value);
  }
  return changed;
}

function objectOf(fields: Iterable<readonly [string, string]>): string {
  return `{${[...fields].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}
