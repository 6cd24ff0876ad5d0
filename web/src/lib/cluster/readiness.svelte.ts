/**
 * Whether the system can take jobs: asks `/readyz` often until it can and while there is doubt, now and then afterwards, and at once when
 * the bridge breaks.
 */
import { fetchReadiness, type Readiness } from '../api.ts';
import { present } from '../server-time.ts';
import { missingParts } from './missing.ts';

const notReadyMs = 1_500;
const readyMs = 15_000;
/** Milliseconds to wait for an answer: a gateway that is frozen gives none. */
const patienceMs = 5_000;
/** After so many questions without an answer it is not known any more whether NATS is away. */
const unansweredMost = 3;

class ReadinessWatch {
  /** null until the first answer, and while the gateway gives none. */
  current = $state.raw<Readiness | null>(null);
  missing = $derived(this.current && !this.current.ready ? missingParts(this.current.checks) : []);

  /** Whether no coordinator is there: a job that runs gets no new leases, and nothing is counted. */
  uncoordinated = $derived(this.current?.checks.coordinators === 0);

  /** Hours that a job is kept; null until somebody said it. */
  keptHours = $state<number | null>(null);
  /** Whether it was ever ready while this tab was open. */
  everReady = $state(false);
  /** When NATS was first found to be away (epoch ms); null while it answers, or nothing has answered for a while. */
  natsAwaySince = $state<number | null>(null);

  /** Nothing is known before the first answer. */
  #doubted = true;
  #unanswered = 0;
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

  /** While something speaks against it, it is asked often. Once nothing does, it is asked at once if it could not take jobs. */
  doubt(doubted: boolean): void {
    const changed = doubted !== this.#doubted;
    this.#doubted = doubted;
    if (changed && this.#running && (doubted || this.current?.ready === false)) void this.check();
  }

  async check(): Promise<void> {
    clearTimeout(this.#timer);
    const answer = await fetchReadiness(AbortSignal.timeout(patienceMs)).catch(() => null);
    if (!this.#running) return;
    this.current = answer;
    this.keptHours = answer?.kept_hours ?? this.keptHours;
    if (answer?.ready) this.everReady = true;
    this.#unanswered = answer ? 0 : this.#unanswered + 1;
    if (answer && !answer.checks.nats) this.natsAwaySince ??= present();
    else if (answer || this.#unanswered >= unansweredMost) this.natsAwaySince = null;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.check(), answer?.ready && !this.#doubted ? readyMs : notReadyMs);
  }
}

export const readiness = new ReadinessWatch();
