/** Keeps what is chosen in a tab in the address, so that it is there after a reload, and for whoever the address is sent to. */
import { goto } from '$app/navigation';
import { page } from '$app/state';
import { chosenAddress, type Chosen } from './share.ts';

export function keepChosen(chosen: Chosen): void {
  const address = chosenAddress(page.url, chosen);
  if (address !== page.url.pathname + page.url.search) void goto(address, { reset: false, replace: true });
}
