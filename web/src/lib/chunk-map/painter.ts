/**
 * Paints a chunk map on a canvas and keeps it up to date, cell by cell.
 *
 * Invariant: an update repaints only the cells that changed. A chunk that has just been done glows for a moment; with
 * reduced motion, or when thousands finish at once, it does not.
 */
import { cellState, type Cells } from './cells.ts';
import { cellBox, type CellLayout } from './layout.ts';

export interface MapColors {
  waiting: string;
  /** Around a cell that waits, where it would not be seen otherwise. */
  edge?: string;
  leased: string;
  done: string;
  failed: string;
  /** Marks on top of a cell. */
  mark: string;
  /** What a chunk looks like the moment it is done. */
  glow: string;
  /** Of cells that are coloured by something else than their state, once they are done. */
  shades?: readonly string[];
}

const glowMs = 700;
const glowCountMax = 3_000;
const roundFromPx = 9;
const markFromPx = 12;
/** A failed chunk is shown at least this large, over its neighbours, so that one in a hundred thousand is seen. */
const failedFromPx = 4;

export class ChunkMapPainter {
  readonly #context: CanvasRenderingContext2D;
  #layout: CellLayout | null = null;
  #colors: MapColors | null = null;
  #scale = 1;
  #cells: Cells | null = null;
  readonly #glowing = new Map<number, number>();
  #frame = 0;

  constructor(readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('This browser has no 2D canvas.');
    this.#context = context;
  }

  /** New size or colours: everything is painted again. */
  reset(layout: CellLayout, colors: MapColors, scale: number, cells: Cells): void {
    this.#layout = layout;
    this.#colors = colors;
    this.#scale = scale;
    this.#cells = cells;
    this.#glowing.clear();
    this.canvas.width = layout.width;
    this.canvas.height = layout.height;
    for (let cell = 0; cell < layout.cells; cell += 1) this.#paint(cell, 0);
    this.#liftFailed();
  }

  /** New states in the same layout. */
  update(cells: Cells, animated: boolean): void {
    const before = this.#cells;
    this.#cells = cells;
    if (!before || !this.#layout) return;
    const now = performance.now();
    for (let cell = 0; cell < this.#layout.cells; cell += 1) {
      const done = cells.state[cell] === cellState.done && before.state[cell] !== cellState.done;
      if (done && animated && this.#glowing.size < glowCountMax) this.#glowing.set(cell, now);
      else if (
        before.state[cell] !== cells.state[cell] ||
        before.doneShare?.[cell] !== cells.doneShare?.[cell] ||
        before.tint?.[cell] !== cells.tint?.[cell]
      )
        this.#paint(cell, 0);
    }
    this.#liftFailed();
    if (this.#glowing.size > 0 && this.#frame === 0) this.#frame = requestAnimationFrame(this.#glow);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #glow = (): void => {
    const now = performance.now();
    for (const [cell, since] of this.#glowing) {
      const left = Math.max(0, 1 - (now - since) / glowMs);
      this.#paint(cell, left * left);
      if (left === 0) this.#glowing.delete(cell);
    }
    this.#frame = this.#glowing.size > 0 ? requestAnimationFrame(this.#glow) : 0;
  };

  #paint(cell: number, glow: number): void {
    if (!this.#layout || !this.#colors || !this.#cells) return;
    const context = this.#context;
    const colors = this.#colors;
    const { x, y, width, height } = cellBox(this.#layout, cell);
    const size = Math.min(width, height) / this.#scale;
    const radius = size >= roundFromPx ? Math.min(6, size * 0.22) * this.#scale : 0;
    const fill = (color: string, alpha: number) => {
      context.globalAlpha = alpha;
      context.fillStyle = color;
      if (radius === 0) return context.fillRect(x, y, width, height);
      context.beginPath();
      context.roundRect(x, y, width, height, radius);
      context.fill();
    };
    context.clearRect(x, y, width, height);
    const state = this.#cells.state[cell];
    const share = (this.#cells.doneShare?.[cell] ?? 0) / 255;
    const tint = this.#cells.tint?.[cell];
    if (state === cellState.done && tint === 0) fill(colors.done, 0.25);
    else if (state === cellState.done) fill((tint && colors.shades?.[tint - 1]) || colors.done, 1);
    else if (state === cellState.failed) fill(colors.failed, 1);
    else if (state === cellState.leased) fill(colors.leased, radius > 0 ? 0.28 : 1);
    else fill(colors.waiting, 1);
    if (share > 0 && state !== cellState.done && state !== cellState.failed)
      fill((tint && colors.shades?.[tint - 1]) || colors.done, share);
    if (glow > 0) fill(colors.glow, glow);
    if (size >= markFromPx && state === cellState.failed) this.#cross(x + width / 2, y + height / 2, size * 0.16 * this.#scale);
    if (radius > 0 && state === cellState.leased) this.#outline(x, y, width, height, radius, colors.leased);
    if (radius > 0 && state === cellState.waiting && colors.edge) this.#outline(x, y, width, height, radius, colors.edge);
    context.globalAlpha = 1;
  }

  #liftFailed(): void {
    const size = failedFromPx * this.#scale;
    if (!this.#layout || !this.#cells || !this.#colors || this.#layout.rowPitch >= size) return;
    this.#context.fillStyle = this.#colors.failed;
    for (
      let cell = this.#cells.state.indexOf(cellState.failed);
      cell >= 0;
      cell = this.#cells.state.indexOf(cellState.failed, cell + 1)
    ) {
      const { x, y, width, height } = cellBox(this.#layout, cell);
      this.#context.fillRect(x + (width - size) / 2, y + (height - size) / 2, size, size);
    }
  }

  #cross(x: number, y: number, arm: number): void {
    const context = this.#context;
    context.globalAlpha = 1;
    context.strokeStyle = this.#colors?.mark ?? '';
    context.lineWidth = 1.75 * this.#scale;
    context.lineCap = 'round';
    context.beginPath();
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x + arm, y - arm);
    context.lineTo(x - arm, y + arm);
    context.stroke();
  }

  #outline(x: number, y: number, width: number, height: number, radius: number, color: string): void {
    const context = this.#context;
    const inset = 0.75 * this.#scale;
    context.globalAlpha = 1;
    context.strokeStyle = color;
    context.lineWidth = 1.5 * this.#scale;
    context.beginPath();
    context.roundRect(x + inset, y + inset, width - 2 * inset, height - 2 * inset, Math.max(0, radius - inset));
    context.stroke();
  }
}
