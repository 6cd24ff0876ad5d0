/** Which profile `manyhands login` and `logout` change. Pure. */
import { usage } from '../exit.ts';
import type { Config } from './config-file.ts';

const nameForm = /^[\w.-]{1,64}$/;

/** Throws a sentence for what cannot be the name of a profile. */
export function checkedName(name: string): string {
  if (!nameForm.test(name)) throw usage('The name of a profile is 1 to 64 letters, digits, ".", "_" or "-".');
  return name;
}

/** The named profile; else the usual one, or another one, of this address; else a new one that is named after the address. */
export function loginProfile(config: Config, url: string, named: string | undefined): string {
  if (named !== undefined) return checkedName(named);
  const fitting = Object.keys(config.profiles).filter((name) => config.profiles[name]!.url === url);
  const known = fitting.find((name) => name === config.current) ?? fitting[0];
  if (known !== undefined) return known;
  const host = new URL(url).host.replace(/[^\w.-]/g, '-').slice(0, 60);
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? host : `${host}-${n}`;
    if (config.profiles[name] === undefined) return name;
  }
}
