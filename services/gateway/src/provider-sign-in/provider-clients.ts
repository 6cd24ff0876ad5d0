/**
 * This system as a client of each provider of OpenID Connect: where to send a browser, and what to make of the answer it comes back with.
 *
 * The protocol is `openid-client`'s, which is certified for it: discovery, PKCE, `state`, `nonce`, `iss`, and the claims of the ID token. The signature of the token is
 * checked as well, though it comes from the provider itself. Asked for is `openid` alone: who it is, and nothing about them.
 */
import { Injectable } from '@nestjs/common';
import type { SignInProvider } from '@manyhands/proto/settings';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  ClientSecretPost,
  discovery,
  enableNonRepudiationChecks,
  None,
  type ClientAuth,
  type Configuration,
} from 'openid-client';
import type { Flow } from './flow.ts';

/** Seconds to wait for each answer of a provider. */
const answersWithinSec = 5;
/** Milliseconds that the description of a provider is used before it is read again. */
const keptMs = 600_000;

@Injectable()
export class ProviderClients {
  /** By the name of the provider. */
  readonly #read = new Map<string, { configuration: Promise<Configuration>; untilMs: number }>();

  /** Where a browser signs in. Throws when the provider cannot be asked. */
  async address(provider: SignInProvider, { state, nonce, challenge }: Flow, redirectUri: string): Promise<string> {
    const configuration = await this.#configurationOf(provider);
    return buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid',
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }).href;
  }

  /**
   * Who signed in, and by whose word: as the ID token has it, since one provider may vouch for several issuers. `answered`: the redirect address, with what the
   * provider put behind it. Throws what is wrong with the answer (`failureOf`).
   */
  async identity(
    provider: SignInProvider,
    { state, nonce, verifier }: Flow,
    answered: URL,
  ): Promise<{ issuer: string; subject: string }> {
    const configuration = await this.#configurationOf(provider);
    const tokens = await authorizationCodeGrant(configuration, answered, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    const { iss: issuer, sub: subject } = tokens.claims() ?? { iss: '', sub: '' };
    if (subject === '') throw new Error('the ID token has no subject');
    return { issuer, subject };
  }

  #configurationOf(provider: SignInProvider): Promise<Configuration> {
    const known = this.#read.get(provider.name);
    if (known !== undefined && known.untilMs > Date.now()) return known.configuration;
    const configuration = discover(provider);
    this.#read.set(provider.name, { configuration, untilMs: Date.now() + keptMs });
    // The next one asks again.
    configuration.catch(() => this.#read.delete(provider.name));
    return configuration;
  }
}

function discover({ issuer, clientId, secret }: SignInProvider): Promise<Configuration> {
  const isLocal = issuer.startsWith('http:');
  return discovery(new URL(issuer), clientId, undefined, authenticationWith(secret), {
    timeout: answersWithinSec,
    execute: [enableNonRepudiationChecks, ...(isLocal ? [allowInsecureRequests] : [])],
  });
}

/** The way that the provider takes; by default, as OpenID Connect has it, `client_secret_basic`. */
function authenticationWith(secret: string | undefined): ClientAuth {
  if (secret === undefined) return None();
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, client, body, headers) => {
    const taken = server.token_endpoint_auth_methods_supported;
    const isPost = taken !== undefined && !taken.includes('client_secret_basic') && taken.includes('client_secret_post');
    return (isPost ? post : basic)(server, client, body, headers);
  };
}
