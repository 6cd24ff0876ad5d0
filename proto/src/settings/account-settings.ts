/** The settings of accounts: whether there are some, and who else vouches for their users. Rows of the table in `settings.ts`. */
import * as value from './setting-values.ts';

const readers = ['gateway'] as const;

export const ACCOUNT_SETTINGS = {
  AUTH: {
    ...value.oneOf('on', 'off'),
    about:
      'Whether there are accounts. `off`: every client that reaches the gateway may do everything, so the gateway refuses to listen on an address that other machines reach. `on`: clients sign in or send an API key; the first start prints a link that signs an administrator in.',
    default: 'off',
    readers,
    wrong: 'yes',
  },
  AUTH_REGISTRATION: {
    ...value.oneOf('on', 'off'),
    about: 'Whether visitors may make accounts for themselves, where AUTH=on.',
    default: 'on',
    readers,
    wrong: 'maybe',
  },
  AUTH_ADMIN_LINK: {
    ...value.domain,
    about:
      'For an operator whom no administrator can help: a gateway that starts with another word here than the last takes the password of the administrator away and logs a link, which is good once, for an hour, and signs in as that account to choose another password. The same word makes no second link, so it may stay. Where AUTH=on.',
    unset: 'a link is logged while no administrator has a password',
    example: '2027-01-31',
    readers,
    wrong: 'two words',
  },
  AUTH_PROVIDERS: {
    ...value.providers,
    about:
      'Other providers whose access tokens are taken as `Authorization: Bearer`, where AUTH=on, separated by commas. Each is four words: a name, its issuer (`iss`), the https address of its JWK set, and the audience (`aud`) of its tokens for this system. An account is made for each subject when it is first seen.',
    default: '',
    example: 'corp https://id.example https://id.example/jwks manyhands',
    readers,
    wrong: 'corp https://id.example',
  },
  AUTH_SIGN_IN: {
    ...value.signInProviders,
    about:
      'Providers of OpenID Connect that users sign in with on the page, where AUTH=on, separated by commas. Each is three words: a name, the https address that is its issuer, and the client id it gave this system. Register there, for each address that users open, `<address>/v1/auth/providers/<name>/callback`. An account is made for each subject when it first signs in.',
    default: '',
    example: 'corp https://id.example manyhands',
    readers,
    wrong: 'corp http://id.example manyhands',
  },
  AUTH_SIGN_IN_SECRETS: {
    ...value.clientSecrets,
    about: 'The client secrets of AUTH_SIGN_IN, each behind the name of its provider and a colon, separated by spaces or lines.',
    unset: 'none is shown: the providers know this system as a client without a secret, which shows PKCE alone',
    example: 'corp:a-long-secret',
    readers,
    wrong: 'a-long-secret',
    secret: true,
  },
} as const;
