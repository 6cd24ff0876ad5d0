/** What is measured: a name, and figures by name. Higher is better for `…/s` and shares, lower for `ms` and `MB`. */
import type { Contender, Durability } from './contender.ts';
import type { MeasuredSystem } from './system.ts';

export type Figures = Record<string, number>;

/** Asked of this system alone. */
export interface Workload {
  name: string;
  /** Measured in this class only, where durability hardly matters. Default: in both. */
  durability?: Durability;
  /** Rounds at most, for what sees hundreds of events in one. Default: as many as are asked for. */
  roundsMax?: number;
  run(system: MeasuredSystem): Promise<Figures>;
}

/** Asked of this system and of each peer in turn. */
export interface Comparison {
  name: string;
  /** Of whom it is asked; default: of all. */
  isFor?(contender: Contender): boolean;
  run(contender: Contender): Promise<Figures>;
}
