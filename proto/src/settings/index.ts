/** The settings of all processes; apart from the contract, because the dashboard has none. */
export {
  LOG_LEVELS,
  READERS,
  SETTING_NAMES,
  SETTINGS,
  type LogLevel,
  type Reader,
  type Setting,
  type SettingName,
  type Settings,
} from './settings.ts';
export {
  EXIT_WRONG_SETTINGS,
  NAMES_OF_SYSTEM,
  readSettings,
  settingsOf,
  WrongSettings,
  type Environment,
  type Spellings,
} from './read-settings.ts';
export { helpOf, readCommandLine, type Command, type CommandLine } from './command.ts';
export { isNatsUrl, withoutSecrets } from './nats-url.ts';
export { listenRefusal } from './listen-refusal.ts';
export { OWN_ISSUER, type Provider } from './provider.ts';
export { refuseOpenAccess } from './open-access.ts';
export { signInProviders, type SignInProvider } from './sign-in-secrets.ts';
export {
  KILLS_WORKERS,
  mayKillWorkers,
  readKillWorker,
  readWorkerKilled,
  type KillWorker,
  type WorkerKilled,
} from './worker-kill.ts';
export { authorityText, readAuthority, SCHEMES, type Authority, type Scheme } from './authority.ts';
export type { OutsidePlace, SecretUse } from './outside-place.ts';
export { isOwnOrigin, readOrigin, readOrigins, type Origin } from './origin.ts';
export { RATE_WINDOW_MS_MAX, type Rate } from './setting-values.ts';
