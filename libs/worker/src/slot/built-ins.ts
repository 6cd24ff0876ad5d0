/**
 * Notices that task code changed what JavaScript comes with: a thread whose `Array.prototype.push` or `JSON.stringify` is another one answers wrongly for every job after this one.
 *
 * Only functions on which our code in the thread runs, `toJSON` where there is none, and what every `for … in` would come by. Rejected: to freeze them (libraries add to them), and to put them back (what wrapped
 * them counts on it). What the modules of the kinds change while they are loaded is theirs: it is the same for each job.
 *
 * Invariant: to look uses no function that could have been changed. It takes a few microseconds, and is done once a run.
 */
import type { RunOutcome, SlotTask } from './slot-messages.ts';

const RELIED_ON: readonly [name: string, holder: object, keys: string][] = [
  ['Object', Object, 'assign defineProperty entries fromEntries getOwnPropertySymbols getPrototypeOf hasOwn keys values'],
  ['Object.prototype', Object.prototype, 'hasOwnProperty propertyIsEnumerable toJSON toString valueOf'],
  ['Function.prototype', Function.prototype, 'apply bind call'],
  ['Array', Array, 'from isArray'],
  [
    'Array.prototype',
    Array.prototype,
    'at concat every filter find flatMap forEach includes indexOf join map pop push reduce shift slice some sort splice toJSON unshift values',
  ],
  ['String.prototype', String.prototype, 'charCodeAt includes indexOf replace replaceAll slice split startsWith toJSON trim'],
  ['Number', Number, 'isFinite isInteger isSafeInteger'],
  ['JSON', JSON, 'parse stringify'],
  ['Map.prototype', Map.prototype, 'delete entries get has set values'],
  ['Set.prototype', Set.prototype, 'add delete has values'],
  ['Promise', Promise, 'all race resolve'],
  ['Promise.prototype', Promise.prototype, 'then'],
  ['Buffer', Buffer, 'alloc allocUnsafe byteLength concat from'],
];

interface BuiltIn {
  name: string;
  holder: Record<PropertyKey, unknown>;
  key: PropertyKey;
  value: unknown;
}

export class BuiltIns {
  /** As they are now. */
  readonly #all: readonly BuiltIn[] = RELIED_ON.flatMap(([name, holder, keys]) => [
    ...keys.split(' ').map((key) => builtIn(`${name}.${key}`, holder, key)),
    ...(name === 'Array.prototype' ? [builtIn(`${name}[Symbol.iterator]`, holder, Symbol.iterator)] : []),
  ]);

  readonly #inherited = inherited().count;

  /** The first that has changed. */
  changed(): string | undefined {
    const { count: now, last } = inherited();
    if (now !== this.#inherited) return `the prototype of every object or array (${last ?? 'less than before'})`;
    const all = this.#all;
    const count = all.length;
    for (let at = 0; at < count; at += 1) {
      const { name, holder, key, value } = all[at]!;
      try {
        if (holder[key] !== value) return name;
      } catch {
        return name;
      }
    }
    return undefined;
  }
}

/** What a run left in a thread where `changed` is another one: kept if it accounts for all of its chunks. Else the change is to blame. */
export function outcomeAfter(changed: string, task: SlotTask, outcome: RunOutcome): RunOutcome {
  if (outcome.is !== 'computed' || task.op === 'merge' || isWhole(task, outcome)) return outcome;
  const message = `task code changed ${changed}, without which its thread gives no answer; leave it as it is, or change it where the module is loaded`;
  return { is: 'failed', error: { code: 'compute_failed', message, retryable: true } };
}

function isWhole({ begin, end }: { begin: number; end: number }, left: RunOutcome & { is: 'computed' }): boolean {
  const chunks = (left.leftFrom ?? end) - begin;
  if (left.segments === undefined) return left.failed.length === chunks || (left.partial ?? left.bytes) !== undefined;
  let count = left.failed.length;
  let bytes = 0;
  for (let at = 0; at < left.segments.length; at += 1) {
    const segment = left.segments[at]!;
    count += segment[1] - segment[0];
    bytes += segment[2];
  }
  return count === chunks && bytes === (left.bytes?.length ?? Buffer.byteLength(left.text ?? ''));
}

/** How many properties a `for … in` finds in an empty array, which are those of all objects and all arrays. */
function inherited(): { count: number; last: string | undefined } {
  let count = 0;
  let last: string | undefined;
  for (const key in []) {
    count += 1;
    last = key;
  }
  return { count, last };
}

function builtIn(name: string, holder: object, key: PropertyKey): BuiltIn {
  const ofHolder = holder as BuiltIn['holder'];
  return { name, holder: ofHolder, key, value: ofHolder[key] };
}
