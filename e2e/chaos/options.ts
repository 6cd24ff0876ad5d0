/** What `npm run chaos` may be asked for. Pure. */
import type { Command, CommandLine } from '@manyhands/proto/settings';
import { numberOf, wordOf } from '../../deploy/local/src/prepare/tool.ts';
import { PROFILE_NAMES, PROFILES } from './profile.ts';
import { PROOFS } from './proofs.ts';

export interface ChaosOptions {
  /** Of stages, or a proof. */
  profile: string;
  seed: number;
  stage: string | undefined;
  minutes: number | undefined;
}

const names = [...PROFILE_NAMES, ...Object.keys(PROOFS)];

export const chaosCommand: Command = {
  typed: 'npm run chaos -- [options]',
  about: 'Breaks the real system on purpose, and says whether its promises held; writes .reports/chaos.',
  reader: 'chaos',
  options: {
    profile: { value: 'NAME', about: `${names.join(', ')} (default ci)` },
    seed: { value: 'N', about: 'by which what is broken is chosen (default: another each time; a run prints it)' },
    stage: { value: 'NAME', about: 'only that stage of the profile' },
    minutes: { value: 'N', about: 'how long, where the profile leaves that open' },
  },
};

/** Throws `WrongSettings`. */
export function parseChaos(values: CommandLine['values'], anySeed = Date.now() % 1_000_000): ChaosOptions {
  const who = 'npm run chaos';
  const text = (name: string): string | undefined => (values[name] === undefined ? undefined : String(values[name]));
  const profile = wordOf(who, 'profile', text('profile') ?? 'ci', names);
  const stages = PROFILE_NAMES.filter((name) => name === profile).flatMap((name) => PROFILES[name].map((stage) => stage.name));
  const stage = text('stage');
  const minutes = text('minutes');
  return {
    profile,
    seed: numberOf(who, 'seed', text('seed') ?? String(anySeed), 'a whole number', Number.isSafeInteger),
    stage: stage === undefined || stages.length === 0 ? stage : wordOf(who, 'stage', stage, stages),
    minutes: minutes === undefined ? undefined : numberOf(who, 'minutes', minutes, 'a number above 0', (n) => n > 0),
  };
}
