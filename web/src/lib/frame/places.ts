/** Which pages the navigation leads to, for whom, and in which order. Pure. */
import type { Standing } from '../account/gate.ts';

export interface Place {
  id: 'jobs' | 'new' | 'failures' | 'history' | 'schedules' | 'workers' | 'operations' | 'docs';
  href: string;
  name: string;
  /** The second key after `g`. */
  key: string;
  /** Whether it is one of the four that a phone has room for. */
  first: boolean;
}

const jobs: Place = { id: 'jobs', href: '/jobs', name: 'Jobs', key: 'j', first: true };
const fresh: Place = { id: 'new', href: '/new', name: 'New job', key: 'n', first: true };
const failures: Place = { id: 'failures', href: '/failures', name: 'Failures', key: 'f', first: false };
const history: Place = { id: 'history', href: '/history', name: 'History', key: 'h', first: true };
const schedules: Place = { id: 'schedules', href: '/schedules', name: 'Schedules', key: 's', first: false };
const workers: Place = { id: 'workers', href: '/workers', name: 'Workers', key: 'w', first: false };
const operations: Place = { id: 'operations', href: '/operations', name: 'Operations', key: 'o', first: true };
const docs: Place = { id: 'docs', href: '/docs', name: 'Docs', key: 'd', first: false };

export function placesOf(standing: Standing, isAdmin: boolean): readonly Place[] {
  if (standing === 'out') return [docs];
  if (isAdmin || standing !== 'in') return [jobs, fresh, failures, history, schedules, workers, operations, docs];
  return [jobs, fresh, failures, history, { ...schedules, first: true }, docs];
}

/** Whether this place, or a page below it, is at `path`. */
export function isAt({ href }: Place, path: string): boolean {
  return path === href || path.startsWith(`${href}/`);
}
