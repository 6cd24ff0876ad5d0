/** Pages of answered leases as they come: the newest of each, in order, and no more than are kept. Pure. */
import { limits } from '@manyhands/proto/limits';
import type { AnsweredLease } from '@manyhands/proto/answered-leases';

export interface LeasePage {
  /** Leases of the job before it. */
  first: number;
  leases: readonly AnsweredLease[];
}

export function newestPages(known: readonly LeasePage[], came: readonly LeasePage[]): LeasePage[] {
  const byFirst = new Map(known.map((page) => [page.first, page]));
  for (const page of came) {
    const before = byFirst.get(page.first);
    if (before === undefined || before.leases.length <= page.leases.length) byFirst.set(page.first, page);
  }
  const all = [...byFirst.values()].sort((one, other) => one.first - other.first);
  const last = all.at(-1)?.first ?? 0;
  return all.filter(({ first }) => first > last - limits.leasesKeptMax);
}
