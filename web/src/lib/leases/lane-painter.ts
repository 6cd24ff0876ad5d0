/**
 * Paints lanes on a canvas, all of what the window shows: at most one mark for each pixel of a lane, however many leases there are.
 *
 * Rejected: painting only what is new and moving the rest, because a window that follows its job moves by parts of a pixel.
 */
import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import { marksOf, type LaneWindow } from './lane-window.ts';
import { firstAfter, type Lane } from './lanes.ts';

/** Of what is not a bar, and of a bar. */
export interface LaneColors<Lease extends AnsweredLease = AnsweredLease> {
  track: string;
  line: string;
  selected: string;
  /** Of what a slot computes now. */
  open: string;
  of: (lease: Lease) => string;
}

/** Where a lane's last bar is open, it is painted up to here. */
interface Now {
  nowMs: number;
}

interface LaneSize {
  /** Device pixels. */
  width: number;
  /** Device pixels of one lane, its gap included. */
  pitch: number;
  /** Device pixels of one CSS pixel. */
  scale: number;
}

const leastPx = 1;

export function paintLanes<Lease extends AnsweredLease>(
  context: CanvasRenderingContext2D,
  lanes: readonly Lane<Lease>[],
  window: LaneWindow & Now,
  { width, pitch, scale }: LaneSize,
  colors: LaneColors<Lease>,
  selected: Lease | null,
): void {
  const pxPerMs = width / (window.toMs - window.fromMs);
  const xOf = (ms: number): number => (ms - window.fromMs) * pxPerMs;
  const gap = Math.max(1, Math.round(2 * scale));
  context.clearRect(0, 0, width, lanes.length * pitch);
  context.fillStyle = colors.track;
  for (let at = 0; at < lanes.length; at += 1) context.fillRect(0, at * pitch, width, pitch - gap);
  context.fillStyle = colors.line;
  for (const mark of marksOf(window, width / scale / 90))
    context.fillRect(Math.round(xOf(mark)), 0, Math.max(1, scale), lanes.length * pitch);
  for (const [at, { bars, openFromMs }] of lanes.entries()) {
    let painted = -1;
    for (let place = firstAfter(bars, window.fromMs); place < bars.length; place += 1) {
      const bar = bars[place]!;
      if (bar.fromMs >= window.toMs) break;
      const left = Math.max(0, xOf(bar.fromMs));
      const right = Math.min(width, Math.max(xOf(bar.toMs), left + leastPx * scale));
      // What went well is left out where something is painted already; anything else is always seen.
      if (Math.ceil(xOf(bar.toMs)) <= painted && bar.lease.outcome === 'computed' && bar.lease !== selected) continue;
      context.fillStyle = colors.of(bar.lease);
      const isWide = right - left > 4 * scale;
      context.fillRect(left, at * pitch, right - left - (isWide ? scale : 0), pitch - gap);
      painted = Math.max(painted, Math.ceil(right));
      if (bar.lease !== selected) continue;
      context.strokeStyle = colors.selected;
      context.lineWidth = 2 * scale;
      context.strokeRect(
        left + scale,
        at * pitch + scale,
        Math.max(2 * scale, right - left - 2 * scale),
        pitch - gap - 2 * scale,
      );
    }
    if (openFromMs === undefined || openFromMs >= window.toMs) continue;
    const [left, right] = [Math.max(0, xOf(openFromMs)), Math.min(width, xOf(window.nowMs))];
    context.fillStyle = colors.open;
    if (right > left) context.fillRect(left, at * pitch, right - left, pitch - gap);
  }
}
