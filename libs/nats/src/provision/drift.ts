/** Compares what a server has with what is wanted. Pure. */

export interface Difference {
  field: string;
  has: unknown;
  wanted: unknown;
}

/**
 * The fields of `wanted` that `has` does not equal. Fields that only the server has are its own business; the description
 * is left out, since a better wording is no drift.
 */
export function differencesOf(has: object, wanted: object): Difference[] {
  const given = has as Record<string, unknown>;
  return Object.entries(wanted)
    .filter(([field]) => field !== 'description')
    .filter(([field, value]) => !isEqual(given[field], value))
    .map(([field, value]) => ({ field, has: given[field], wanted: value }));
}

/** What nats-server 2.15 changes on no stream that is there: `provision.int.spec.ts` of libs/broker. */
const fixed: ReadonlySet<string> = new Set(['persist_mode', 'storage']);

/** What an operator reads when `npm start` or a service refuses to run on this server. */
export function driftMessage(what: string, differences: readonly Difference[], repair: { edit: string; remove: string }): string {
  const lines = differences.map(
    ({ field, has, wanted }) =>
      `  ${field}: it has ${JSON.stringify(has) ?? 'nothing'}, needed is ${JSON.stringify(wanted) ?? 'nothing'}`,
  );
  return [
    `${what} on this NATS server differs from what this release needs:`,
    ...lines,
    differences.some(({ field }) => fixed.has(field))
      ? `The server cannot change that. If nothing in it is needed any more, remove it with \`${repair.remove}\` and start again; it is created as needed.`
      : `Change it with \`${repair.edit}\`, or, if nothing in it is needed any more, remove it with \`${repair.remove}\` and start again.`,
  ].join('\n');
}

/** The server leaves out what is zero, false or empty. */
function isEqual(has: unknown, wanted: unknown): boolean {
  if (isNothing(has) && isNothing(wanted)) return true;
  return JSON.stringify(has) === JSON.stringify(wanted);
}

function isNothing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === 0 ||
    value === false ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  );
}
