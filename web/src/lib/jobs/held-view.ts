/** What is known of a job after a frame of the bridge. Pure. See proto's `bridge.ts`. */
import type { JobView } from '@manyhands/proto';
import type { BridgeFrame } from '../bridge-frame.ts';

type Fields = Record<string, unknown>;

/** Null: the job is gone. Changes are of use only where the frame before is held. */
export function heldAfter(held: JobView | null, { head, value }: BridgeFrame): JobView | null {
  const fields = value === '' ? null : (JSON.parse(value) as Fields);
  return (head.topic === 'changes' ? held && fields && merged({ ...held }, fields) : fields) as JobView | null;
}

function merged(before: Fields, changes: Fields): Fields {
  const next = Object.entries(changes).map(([name, value]) => {
    const was = before[name];
    return [name, isObject(was) && isObject(value) ? merged(was, value) : value];
  });
  return { ...before, ...(Object.fromEntries(next) as Fields) };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
