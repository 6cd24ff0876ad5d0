/** The answered leases of a job, page by page as the bridge sends them, while something shows them. */
import { unpackedLeases, type AnsweredLease } from '@manyhands/proto/answered-leases';
import type { AnsweredLeases } from '@manyhands/proto';
import type { BridgeFrame } from '../bridge-frame.ts';
import { bridge } from '../bridge.svelte.ts';
import { newestPages, type LeasePage } from './pages.ts';

export class JobLeases {
  /** In the order of their answers. */
  leases = $state.raw<readonly AnsweredLease[]>([]);
  /** How many leases of the job have an answer; more than are kept, when it had very many. */
  answered = $state(0);
  /** Whether all that is stored was read. */
  known = $state(false);

  #pages: readonly LeasePage[] = [];
  #unlisten: (() => void) | null = null;

  constructor(readonly jobId: string) {}

  start(): void {
    this.#unlisten ??= bridge.listen(
      { leases: this.jobId },
      { frames: (frames) => this.#take(frames), replayed: () => (this.known = true) },
    );
  }

  stop(): void {
    this.#unlisten?.();
    this.#unlisten = null;
  }

  #take(frames: readonly BridgeFrame[]): void {
    const came = frames
      .filter(({ value }) => value !== '')
      .map(({ value }) => JSON.parse(value) as AnsweredLeases)
      .map((page): LeasePage => ({ first: page.first, leases: unpackedLeases(page) }));
    this.#pages = newestPages(this.#pages, came);
    this.leases = this.#pages.flatMap(({ leases }) => leases);
    const newest = this.#pages.at(-1);
    this.answered = newest ? newest.first + newest.leases.length : 0;
  }
}
