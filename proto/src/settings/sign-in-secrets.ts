/** The providers that users sign in with on the page, each with its secret, which stands in a setting of its own. Pure. */
import { nameOf, WrongSettings } from './read-settings.ts';
import type { Reader, Settings } from './settings.ts';
import type { NamedProvider } from './sign-in-provider.ts';

export interface SignInProvider extends NamedProvider {
  /** Undefined: a client without a secret, which shows PKCE alone. */
  readonly secret: string | undefined;
}

/** Each provider with its secret. Throws `WrongSettings` for a secret of none of them. */
export function signInProviders(
  reader: Reader,
  { AUTH_SIGN_IN: named, AUTH_SIGN_IN_SECRETS: secrets }: Pick<Settings, 'AUTH_SIGN_IN' | 'AUTH_SIGN_IN_SECRETS'>,
): SignInProvider[] {
  const names = named.map(({ name }) => name);
  for (const name of secrets?.keys() ?? [])
    if (!names.includes(name))
      throw new WrongSettings(
        `${nameOf(reader)} cannot start: AUTH_SIGN_IN_SECRETS has a secret of "${name}", and AUTH_SIGN_IN names no such provider (it names: ${names.join(', ') || 'none'}).`,
      );
  return named.map((provider) => ({ ...provider, secret: secrets?.get(provider.name) }));
}
