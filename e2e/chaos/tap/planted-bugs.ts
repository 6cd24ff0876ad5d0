/** Bugs to plant into the real system, to see that the checks find them. Plain data. */
import type { Service } from './crash-points.ts';

export interface PlantedBug {
  says: string;
  /** Services it is planted into. */
  into: readonly Service[];
  /** Promises of which at least these must be found broken. */
  breaks: readonly string[];
}

export const PLANTED_BUGS = {
  'answers-before-storing': {
    says: 'gateways answer 202 for every third job without storing it',
    into: ['gateway'],
    breaks: ['I1', 'I3'],
  },
  'stores-results-twice': {
    says: 'workers store each result twice, with no expected sequence',
    into: ['compute'],
    breaks: ['I3'],
  },
  'counts-copies': {
    says: 'the same, and the fold counts chunks that are done',
    into: ['compute', 'coordinator'],
    breaks: ['I2'],
  },
  'acknowledges-before-writing': {
    says: 'metrics acknowledges every third event without writing its row',
    into: ['metrics'],
    breaks: ['I8'],
  },
} as const satisfies Record<string, PlantedBug>;

export type PlantedBugName = keyof typeof PLANTED_BUGS;
