/**
 * Opens a socket to a server and signs in: over TCP or TLS, or over WebSocket where the addresses are `ws://` or `wss://`.
 *
 * Invariant: nats.js keeps the transport of its newest connection for all of a process, so one process uses one of the two.
 */
import { ManyhandsError } from '@manyhands/proto/errors';
import { connect, credsAuthenticator, nkeyAuthenticator, wsconnect } from '@nats-io/transport-node';
import type { Authenticator, ConnectionOptions, NatsConnection, TlsOptions } from '@nats-io/transport-node';
import { WebSocket } from 'ws';
import type { ServerAddress } from './server-address.ts';

/** Who a client is to the servers, and which of them it believes; each is the text of a file, not its path. */
export interface ServerAccess {
  /** A `.creds` file: a user JWT and its seed. */
  creds?: string;
  /** Seed of a user nkey. */
  nkey?: string;
  /** Certificates of authorities in PEM; unset: those that Node knows. */
  ca?: string;
  /** Certificate and private key in PEM, for servers that verify their clients. */
  cert?: string;
  key?: string;
  /** JetStream domain of the streams. */
  domain?: string;
}

/** Throws `bad_request` for what no server will take. */
export function dial(address: ServerAddress, access: ServerAccess, options: ConnectionOptions): Promise<NatsConnection> {
  const { servers, shown, ...credentials } = address;
  const webSockets = servers.filter((server) => /^wss?:/i.test(server)).length;
  if (webSockets > 0 && webSockets < servers.length)
    throw new ManyhandsError(
      'bad_request',
      `NATS_URL names addresses with and without WebSocket (${shown}): let all begin with ws:// or wss://, or none`,
    );
  const given: ConnectionOptions = { ...options, ...credentials, ...signIn(access), servers };
  const { ca, cert, key } = access;
  const tls: TlsOptions = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  if (webSockets === 0) return connect({ ...given, ...((Object.keys(tls).length > 0 || isTls(servers)) && { tls }) });
  return wsconnect({ ...given, wsFactory: (url) => openWebSocket(url, tls) });
}

/** `tls://` is a demand: a server without TLS is refused. */
function isTls(servers: readonly string[]): boolean {
  return servers.some((server) => /^tls:/i.test(server));
}

function signIn({ creds, nkey }: ServerAccess): Pick<ConnectionOptions, 'authenticator'> {
  const encoder = new TextEncoder();
  if (creds !== undefined) return { authenticator: tried('credentials', credsAuthenticator(encoder.encode(creds))) };
  if (nkey !== undefined) return { authenticator: tried('nkey', nkeyAuthenticator(encoder.encode(nkey))) };
  return {};
}

/** A damaged seed is found when something is signed by it. */
function tried(what: string, authenticator: Authenticator): Authenticator {
  try {
    authenticator('nonce');
    return authenticator;
  } catch (error) {
    throw new ManyhandsError(
      'bad_request',
      `nothing can be signed by the ${what} that was given: a letter of the seed is wrong`,
      {
        cause: error,
      },
    );
  }
}

/** The `WebSocket` of Node takes no certificates. */
async function openWebSocket(url: string, tls: TlsOptions): Promise<{ socket: globalThis.WebSocket; encrypted: boolean }> {
  const socket = new WebSocket(url, { ...tls, perMessageDeflate: false });
  return { socket: socket as unknown as globalThis.WebSocket, encrypted: url.startsWith('wss:') };
}
