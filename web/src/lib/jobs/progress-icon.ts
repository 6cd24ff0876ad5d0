/** The icon of a tab that shows how far a job is: a ring that fills, whole and in the colour of its end when it is over. Pure. */
import type { Standing } from './status.ts';

const colors: Partial<Record<Standing, string>> = {
  completed: '#4fe0ae',
  gaps: '#f2b64c',
  failed: '#f26d78',
  cancelled: '#8b95a5',
};

/** A data address; `share` from 0 to 1. In twentieths, so that a browser is not given a new icon for each chunk. */
export function progressIcon(standing: Standing, share: number): string {
  const end = colors[standing];
  const round = 2 * Math.PI * 11;
  const shown = end ? 1 : Math.round(Math.min(1, Math.max(0, share)) * 20) / 20;
  const ring = (color: string, part: number): string =>
    `<circle cx="16" cy="16" r="11" fill="none" stroke="${color}" stroke-width="6" stroke-dasharray="${(part * round).toFixed(2)} ${round.toFixed(2)}" transform="rotate(-90 16 16)"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#10161f"/>${ring('#3a4454', 1)}${ring(end ?? '#4fe0ae', shown)}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
