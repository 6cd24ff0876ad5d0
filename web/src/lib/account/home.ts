/** Where the address `/` leads. Pure. */
import type { Standing } from './gate.ts';

/** `wait`: it is not known yet. */
type Home = 'wait' | 'landing' | { to: string };

/** `search` is the query of the address; `hasJobs` is null while that is not known. */
export function homeOf(standing: Standing, search: string, hasJobs: boolean | null): Home {
  if (new URLSearchParams(search).has('kind')) return { to: `/new${search}` };
  if (standing === 'out') return 'landing';
  if (standing === 'asking' || hasJobs === null) return 'wait';
  return hasJobs ? { to: '/jobs' } : 'landing';
}
