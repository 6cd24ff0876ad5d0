/** The settings of all processes; apart from the contract, because the dashboard has none. */
export {
  EXIT_WRONG_SETTINGS,
  LOG_LEVELS,
  readSettings,
  SETTING_NAMES,
  SETTINGS,
  SLOTS_MAX,
  WrongSettings,
  type Environment,
  type LogLevel,
  type SettingName,
  type Settings,
} from './settings.ts';
export { isNatsUrl, withoutSecrets } from './nats-url.ts';
export { listenRefusal } from './listen-refusal.ts';
export { authorityText, readAuthority, SCHEMES, type Authority, type Scheme } from './authority.ts';
export { isOwnOrigin, readOrigin, readOrigins, type Origin } from './origin.ts';
