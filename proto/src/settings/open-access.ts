/** Where a gateway without accounts may listen. Pure. */
import { nameOf, WrongSettings } from './read-settings.ts';
import type { Reader, Settings } from './settings.ts';

/** Throws `WrongSettings` for a gateway that other machines would reach, and on which every client may do everything. */
export function refuseOpenAccess(reader: Reader, { AUTH: auth, HOST: host }: Pick<Settings, 'AUTH' | 'HOST'>): void {
  if (auth === 'on' || isLoopback(host)) return;
  throw new WrongSettings(
    `${nameOf(reader)} cannot start: other machines reach HOST "${host}", and without accounts (AUTH=off) each of them might do everything. Set AUTH=on, or unset HOST so that only this machine reaches the gateway.`,
  );
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
