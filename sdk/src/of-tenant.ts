/** Asks on behalf of another tenant, which only administrators may. */
import { ROUTES, type RouteName } from './routes.ts';

/** The routes that take `tenant`. */
const TAKEN_BY: readonly RouteName[] = [
  'list',
  'countJobs',
  'bulk',
  'get',
  'cancel',
  'pause',
  'resume',
  'requeue',
  'deleteJob',
  'shares',
  'share',
  'revokeShare',
  'chunks',
  'profile',
  'leases',
  'results',
  'failures',
  'result',
  'files',
  'file',
  'logs',
  'followLogs',
  'watch',
  'history',
  'historyCsv',
  'trends',
  'kept',
  'statistics',
  'estimate',
  'deadLetters',
  'discardDeadLetter',
  'failureGroups',
  'failureGroup',
  'requeueGroup',
  'discardGroup',
  'getInput',
  'deleteInput',
  'schedules',
  'getSchedule',
  'pauseSchedule',
  'resumeSchedule',
  'deleteSchedule',
];

const taken = TAKEN_BY.map((name) => ROUTES[name]).map(({ method, path }) => ({
  method,
  path: new RegExp(`${path.replaceAll(/\{\w+\}/g, '[^/?]+')}$`),
}));

/** A `fetch` that names the tenant to each route that takes one. */
export function fetchOfTenant(fetchIt: typeof fetch, tenant: string): typeof fetch {
  return (input, init) => {
    const [address = '', search] = String(input).split('?', 2);
    const isTaken = taken.some(({ method, path }) => method === (init?.method ?? 'GET') && path.test(address));
    if (!isTaken) return fetchIt(input, init);
    const named = new URLSearchParams(search);
    named.set('tenant', tenant);
    return fetchIt(`${address}?${named.toString()}`, init);
  };
}
