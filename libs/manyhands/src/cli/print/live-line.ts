/**
 * What is seen of a running job on standard error: one line that is drawn again on a terminal; elsewhere a line every ten seconds, so that a log shows that the
 * job goes on, and a short job prints none.
 */
import { progressLine, type ProgressFacts } from '@manyhands/observe/progress';
import type { Output } from '../world.ts';

const everyMs = 10_000;
const drawEveryMs = 100;

export class LiveLine {
  readonly #output: Output;
  readonly #timer: NodeJS.Timeout | undefined;
  #view: ProgressFacts | undefined;
  #drawnAtMs = -Infinity;
  #isDrawn = false;

  constructor(output: Output) {
    this.#output = output;
    if (output.isTTY) return;
    this.#timer = setInterval(() => this.#printLine(), everyMs);
    this.#timer.unref();
  }

  show(view: ProgressFacts): void {
    this.#view = view;
    if (!this.#output.isTTY || performance.now() - this.#drawnAtMs < drawEveryMs) return;
    this.#draw();
  }

  /** The terminal is left without the line: the sentence about the end takes its place. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#isDrawn) this.#output.write('\r\u001b[2K');
    this.#isDrawn = false;
    this.#view = undefined;
  }

  #draw(): void {
    if (!this.#view) return;
    this.#drawnAtMs = performance.now();
    this.#isDrawn = true;
    this.#output.write(`\r\u001b[2K${progressLine(this.#view, (this.#output.columns || 80) - 1)}`);
  }

  #printLine(): void {
    if (this.#view) this.#output.write(`${progressLine(this.#view, 100)}\n`);
  }
}
