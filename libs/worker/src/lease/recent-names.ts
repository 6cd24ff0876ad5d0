/** Remembers the newest so many names. */
const REMEMBERED_MAX = 10_000;

export class RecentNames {
  readonly #names = new Set<string>();
  readonly #max: number;

  constructor(max = REMEMBERED_MAX) {
    this.#max = max;
  }

  add(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    if (this.#names.size > this.#max) this.#names.delete(this.#names.values().next().value!);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }
}
