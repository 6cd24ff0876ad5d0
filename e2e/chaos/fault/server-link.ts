/**
 * A one-way dialled link to a nats-server, of another server or of a service, that can be broken like a network: the dialler connects here
 * instead of to the other.
 *
 *   open ──silence──▶ silent (bytes wait, as in a network that drops packets) ──mend──▶ open (what waited arrives)
 *
 * Invariant: silence is per direction, so a server may speak without hearing. Connections are never reset: their ends must find out.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Direction = 'there' | 'back';

export interface ServerLink {
  readonly port: number;
  silence(directions: readonly Direction[]): void;
  mend(): void;
  close(): Promise<void>;
}

interface Pair {
  dialler: Socket;
  other: Socket;
}

/** Dials `targetPort` for whoever connects. */
export async function openServerLink(targetPort: number): Promise<ServerLink> {
  const pairs = new Set<Pair>();
  let silent: readonly Direction[] = [];

  const listener = createServer((dialler) => {
    const pair: Pair = { dialler, other: connect(targetPort, '127.0.0.1') };
    pairs.add(pair);
    for (const [from, to] of [
      [dialler, pair.other],
      [pair.other, dialler],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.on('data', (bytes) => {
        if (!to.write(bytes)) from.pause();
      });
      to.on('drain', () => flow(pair));
      from.once('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
    flow(pair);
  });

  function flow({ dialler, other }: Pair): void {
    for (const [from, to, direction] of [
      [dialler, other, 'there'],
      [other, dialler, 'back'],
    ] as const) {
      if (silent.includes(direction) || to.writableNeedDrain) from.pause();
      else from.resume();
    }
  }

  function become(directions: readonly Direction[]): void {
    silent = directions;
    for (const pair of pairs) flow(pair);
  }

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    silence: become,
    mend: () => become([]),
    async close() {
      for (const { dialler, other } of pairs) {
        dialler.destroy();
        other.destroy();
      }
      listener.close();
      await once(listener, 'close');
    },
  };
}
