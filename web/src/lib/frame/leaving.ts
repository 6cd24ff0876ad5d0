/** Whether the user is on the way to another page, or has left: what comes then leads nobody back. */
import { onDestroy } from 'svelte';
import { beforeNavigate } from '$app/navigation';

/** Call while a component initialises. `leave` is called once its page is left, already when another one is being loaded. */
export function onLeave(leave: () => void): void {
  beforeNavigate(({ from, to }) => {
    if (from?.url.pathname !== to?.url.pathname) leave();
  });
  onDestroy(leave);
}
