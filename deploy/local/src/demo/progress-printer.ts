/**
 * Prints a job's progress: one line that is drawn again on a terminal, a line now and then where output is kept.
 *
 * Invariant: where output is kept, progress makes a line only when it has grown by a tenth, so a long job does not fill a log.
 */
import { progressLine, type ProgressFacts } from '@manyhands/observe/progress';

export interface Output {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

const step = 0.1;

export class ProgressPrinter {
  readonly #output: Output;
  #printed = -Infinity;
  #drawn = false;

  constructor(output: Output) {
    this.#output = output;
  }

  show(view: ProgressFacts): void {
    if (this.#output.isTTY) {
      this.#output.write(`\r\u001b[2K${progressLine(view, (this.#output.columns || 80) - 1)}`);
      this.#drawn = true;
      return;
    }
    if (view.progress - this.#printed < step && !(view.progress === 1 && this.#printed < 1)) return;
    this.#printed = view.progress;
    this.#output.write(`${progressLine(view, 100)}\n`);
  }

  /** Leaves the last line standing. */
  end(): void {
    if (this.#drawn) this.#output.write('\n');
    this.#drawn = false;
  }
}
