/** One line about a running job: bar, percentage, chunks, rate, time left. Pure. */
import type { JobView } from '@manyhands/proto';

export type ProgressFacts = Pick<
  JobView,
  'kind' | 'progress' | 'completed_chunks' | 'failed_chunks' | 'total_chunks' | 'rate' | 'eta_sec' | 'status'
>;

const barMax = 40;
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** Never wider than `width` columns. */
export function progressLine(view: ProgressFacts, width = 80): string {
  const done = view.completed_chunks + view.failed_chunks;
  const parts = [
    `${Math.floor(view.progress * 100)
      .toString()
      .padStart(3)} %`,
    `${done.toString().padStart(view.total_chunks.toString().length)}/${view.total_chunks} chunks`,
    ...(view.rate ? [`${short(view.rate)}/s`] : []),
    ...(view.eta_sec !== null && view.status === 'running' ? [`${duration(view.eta_sec)} left`] : []),
  ];
  const text = parts.join('  ');
  const room = width - view.kind.length - text.length - 5;
  if (room < 8) return `${view.kind} ${text}`.slice(0, width);
  return `${view.kind} ${bar(view.progress, Math.min(barMax, room))} ${text}`;
}

/** Filled to an eighth of a column. */
export function bar(progress: number, columns: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, progress)) * columns * 8);
  return `▕${('█'.repeat(Math.floor(filled / 8)) + eighths[filled % 8]).padEnd(columns)}▏`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

function short(rate: number): string {
  if (rate >= 1_000_000) return `${(rate / 1_000_000).toFixed(1)} M`;
  if (rate >= 10_000) return `${(rate / 1_000).toFixed(0)} k`;
  return rate < 10 ? rate.toFixed(1) : Math.round(rate).toString();
}
