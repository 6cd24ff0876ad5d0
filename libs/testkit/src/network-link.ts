/**
 * A network link to a server that a test can break, and make long.
 *
 *   open ──mute──▶ muted (the server receives, its answers are lost) ──mend──▶ open      any ──cut──▶ cut (connections end, new ones are refused)
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface NetworkLink {
  /** Connect here instead of to the server. */
  readonly url: string;
  /** Swallows everything the server sends from now on. */
  mute(): void;
  /** Ends every connection and refuses new ones. */
  cut(): void;
  /** Lets new connections through again; muted ones stay dead. */
  mend(): void;
  close(): Promise<void>;
}

/** `delayMs` is how long bytes travel, in each direction. */
export async function startNetworkLink(
  server: { readonly port: number },
  { delayMs = 0 }: { delayMs?: number } = {},
): Promise<NetworkLink> {
  const sockets = new Set<Socket>();
  const muted = new WeakSet<Socket>();
  let isCut = false;

  const listener = createServer((client) => {
    if (isCut) return void client.destroy();
    const upstream = connect(server.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    if (delayMs === 0) client.pipe(upstream);
    else client.on('data', (bytes) => later(() => upstream.write(bytes)));
    upstream.on('data', (bytes) => later(() => !muted.has(upstream) && client.write(bytes)));
    client.once('close', () => forget(client, upstream));
    upstream.once('close', () => forget(upstream, client));
  });

  /** In the order in which it is asked, because all wait alike. */
  function later(pass: () => void): void {
    if (delayMs === 0) pass();
    else setTimeout(pass, delayMs);
  }
  function forget(closed: Socket, other: Socket): void {
    sockets.delete(closed);
    other.destroy();
  }
  function destroyAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `nats://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    mute() {
      for (const socket of sockets) muted.add(socket);
    },
    cut() {
      isCut = true;
      destroyAll();
    },
    mend() {
      isCut = false;
    },
    async close() {
      destroyAll();
      listener.close();
      await once(listener, 'close');
    },
  };
}
