/**
 * Paints the picture of one job on a canvas: each tile when its chunk is done, or the whole picture of a job that is completed.
 *
 * Invariant: six tiles at most are loaded at once; a tile is painted once, in its place.
 */
import type { JobView } from '@manyhands/proto';
import { leavesTiles, type MandelbrotView, TILE_FILE, tileOf } from '@manyhands/proto/mandelbrot';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import type { Preview } from './frame.ts';
import { NewChunks } from './new-chunks.ts';
import { loadPicture } from './picture-file.ts';

const AT_ONCE = 6;
/** Before a tile that could not be loaded is asked for again. */
const AGAIN_MS = 500;

export class Painting {
  /** Tiles on the canvas. */
  painted = $state(0);
  problem = $state<string | null>(null);

  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #chunks = new NewChunks();
  readonly #stopped = new AbortController();
  #waiting: number[] = [];
  #loading = 0;
  /** Whether tiles are painted one by one. */
  #byTiles = false;
  #loadsWhole = false;

  constructor(
    canvas: HTMLCanvasElement,
    readonly jobId: string,
    readonly total: number,
    readonly view: MandelbrotView,
  ) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('This browser has no 2D canvas.');
    canvas.width = view.width;
    canvas.height = view.height;
    this.#canvas = canvas;
    this.#context = context;
  }

  /** Pale, so that it is not taken for the picture. */
  preview({ canvas, frame }: Preview): void {
    const { left, top, width, height } = frame;
    this.#context.globalAlpha = 0.4;
    this.#context.drawImage(canvas, left, top, width, height, 0, 0, this.#canvas.width, this.#canvas.height);
    this.#context.globalAlpha = 1;
  }

  /** Takes what a newer view of the job shows. */
  show(job: JobView): void {
    // Tiles are quicker while the last of them come; a page that is opened later loads the whole.
    if (job.status === 'completed' && !this.#byTiles) return void this.#paintWhole(job);
    if (!leavesTiles(this.total)) return;
    const fresh = this.#chunks.take(job.chunks.done);
    this.#byTiles ||= fresh.length > 0;
    this.#waiting.push(...fresh);
    this.#next();
  }

  stop(): void {
    this.#stopped.abort();
    this.#waiting = [];
  }

  #next(): void {
    while (this.#loading < AT_ONCE && this.#waiting.length > 0) {
      const chunk = this.#waiting.shift()!;
      this.#loading += 1;
      void this.#paintTile(chunk).finally(() => {
        this.#loading -= 1;
        this.#next();
      });
    }
  }

  async #paintTile(chunk: number): Promise<void> {
    const { signal } = this.#stopped;
    const tile = tileOf(this.view, chunk, this.total);
    if (tile.width > 0 && tile.height > 0) {
      try {
        const file = await api.file(this.jobId, `${chunk}-${TILE_FILE}`, { signal });
        const bitmap = await createImageBitmap(await new Response(file).blob());
        if (signal.aborted) return;
        this.#context.drawImage(bitmap, tile.left, tile.top);
        bitmap.close();
        this.problem = null;
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#chunks.again(chunk)) return void (this.problem = `Tile ${chunk} cannot be shown. ${sentenceOf(error)}`);
        setTimeout(() => {
          if (signal.aborted) return;
          this.#waiting.push(chunk);
          this.#next();
        }, AGAIN_MS);
        return;
      }
    }
    this.painted += 1;
  }

  async #paintWhole(job: JobView): Promise<void> {
    if (this.#loadsWhole) return;
    this.#loadsWhole = true;
    const { signal } = this.#stopped;
    try {
      const file = await loadPicture(job, signal);
      if (file === null) throw new Error('its answer is no picture');
      const bitmap = await createImageBitmap(file);
      if (signal.aborted) return;
      // Through the holes of dead tiles no earlier picture is to be seen.
      this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
      this.#context.drawImage(bitmap, 0, 0);
      bitmap.close();
      this.painted = job.completed_chunks;
      this.problem = null;
    } catch (error) {
      // The next view of the job tries it again.
      this.#loadsWhole = false;
      if (!signal.aborted) this.problem = `The picture cannot be shown. ${sentenceOf(error)}`;
    }
  }
}
