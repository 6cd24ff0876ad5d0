/** Which jobs of the list are selected: some of those that are loaded, or all that fit, also those that are not. */
import { toggled, type Selected } from './toggled.ts';

const none: Selected = { ids: new Set(), all: false };
const whole: Selected = { ids: none.ids, all: true };

export class Selection {
  #selected = $state.raw(none);
  #last: string | null = null;

  get all(): boolean {
    return this.#selected.all;
  }

  get any(): boolean {
    return this.all || this.#selected.ids.size > 0;
  }

  has(id: string): boolean {
    return this.all || this.#selected.ids.has(id);
  }

  /** Selects a job or takes it out; `through`: with those between it and the one before. `loaded` are the ids of the list, in their order. */
  toggle(id: string, loaded: readonly string[], through = false): void {
    this.#selected = toggled(this.#selected, id, loaded, through ? this.#last : null);
    this.#last = id;
  }

  selectAll(): void {
    this.#selected = whole;
  }

  clear(): void {
    this.#selected = none;
    this.#last = null;
  }
}
