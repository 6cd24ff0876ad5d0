/** Which partials go together into one merge, by rules that lose the order: simulations must find each. */
import type * as groups from './merge-groups.ts';

type Groups = typeof groups;

export type GroupBug = 'holes bridged' | 'merges by size';

/** `bug` is asked at every call; undefined: as it is. */
export function plantedGroups(real: Groups, bug: () => GroupBug | undefined): Groups {
  return {
    ...real,
    groupsOf(job, isFree) {
      if (bug() === undefined) return real.groupsOf(job, isFree);
      const { output: _output, ...inAnyOrder } = job.submit;
      const held = [...job.partials].sort((one, other) => one.span![0] - other.span![0]);
      if (bug() === 'merges by size') return real.groupsOf({ ...job, submit: inAnyOrder }, isFree);
      return [held.filter(isFree)];
    },
    areNeighbours: (...given) => bug() === 'holes bridged' || real.areNeighbours(...given),
    anyTwoFit: (job) => (bug() === 'holes bridged' ? job.partials.length > 1 : real.anyTwoFit(job)),
  };
}
