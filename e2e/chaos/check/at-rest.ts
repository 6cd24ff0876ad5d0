/** The promises about what is left when everything is done. Pure. */
import { only, type Entry } from '../history.ts';

export function atRest(entries: readonly Entry[]): string[] {
  const rests = only(entries, 'rest');
  if (rests.length === 0) return ['nobody looked at the system at rest'];
  const { rest } = rests.at(-1)!;
  const nothing = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);
  return [
    ...nothing(rest.workMessages, 'leases are left in WORK'),
    ...nothing(rest.leasesWaiting, 'leases wait for a slot'),
    ...nothing(rest.leasesInFlight, 'leases are not settled'),
    ...nothing(rest.mailboxWaiting, 'mailbox messages are not acknowledged'),
    ...nothing(rest.deadLetters, 'messages were set aside'),
    ...nothing(rest.snapshots, 'snapshots of ended jobs are left'),
    ...nothing(rest.busySlots, 'slots are busy'),
    ...rest.orphanConsumers.map((name) => `consumer ${name} belongs to nobody`),
    ...(rest.workers === rest.workersExpected ? [] : [`${rest.workers} workers are listed, ${rest.workersExpected} run`]),
  ];
}

/** Every server of a cluster holds the same messages of each stream. Holds for a single server, which has no replicas to differ. */
export function replicasAgree(entries: readonly Entry[]): string[] {
  const byStream = Map.groupBy(only(entries, 'replica'), ({ stream }) => stream);
  return [...byStream].flatMap(([stream, replicas]) => {
    const contents = Map.groupBy(
      replicas,
      ({ messages, first, last, hash }) => `${messages} messages ${first}–${last} (${hash})`,
    );
    if (contents.size === 1) return [];
    return [
      `${stream} differs: ${[...contents].map(([content, holders]) => `${holders.map(({ server }) => server).join(', ')}: ${content}`).join('; ')}`,
    ];
  });
}

export function historyEqualsEvents(entries: readonly Entry[]): string[] {
  const rows = new Map(only(entries, 'row').map((row) => [row.job, row]));
  const told = new Map(only(entries, 'told').map((event) => [event.job, event]));
  const text = (end: { status: string; result: unknown; completed: number }): string =>
    JSON.stringify([end.status, end.result, end.completed]);
  return [
    ...[...rows.keys()].filter((job) => !told.has(job)).map((job) => `history has ${job}, whose end was never told`),
    ...[...told].flatMap(([job, event]) => {
      const row = rows.get(job);
      if (row === undefined) return [`history misses ${job}`];
      return text(row) === text(event) ? [] : [`history says ${text(row)} of ${job}, the event ${text(event)}`];
    }),
  ];
}
