/** What the colours of the style sheet depend on. A style sheet follows it by itself; what is drawn on a canvas is drawn again. */
import { MediaQuery } from 'svelte/reactivity';
import { mode } from './mode.svelte.ts';

const forced = new MediaQuery('(forced-colors: active)', false);
/** Paper is light; light and dark colours of the user's own differ; more contrast is another palette of theirs. */
const others = ['print', '(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map((query) => new MediaQuery(query, false));

export const palette = {
  /** Whether only the user's own colours are shown. */
  get forced(): boolean {
    return forced.current;
  },
  /** Another text for other colours: where an effect reads it, it runs again. */
  get name(): string {
    return [mode.current, forced.current, ...others.map(({ current }) => current)].join(' ');
  },
};
