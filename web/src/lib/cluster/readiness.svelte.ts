/** Whether the system can take jobs: asks `/readyz` often until it can, now and then afterwards, and at once when the bridge breaks. */
import { fetchReadiness, type Readiness } from '../api.ts';
import { missingParts } from './missing.ts';

const notReadyMs = 1_500;
const readyMs = 15_000;

class ReadinessWatch {
  /** null until the first answer, and while the gateway gives none. */
  current = $state.raw<Readiness | null>(null);
  missing = $derived(this.current && !this.current.ready ? missingParts(this.current.checks) : []);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  start(): void {
    this.#running = true;
    void this.check();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  async check(): Promise<void> {
    clearTimeout(this.#timer);
    const answer = await fetchReadiness().catch(() => null);
    if (!this.#running) return;
    this.current = answer;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.check(), answer?.ready ? readyMs : notReadyMs);
  }
}

export const readiness = new ReadinessWatch();
