/** A DNS server on loopback whose names have other addresses each time they are asked for. For tests. */
import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Resolve } from './guard.ts';

/** By name: the IPv4 addresses of each answer, one after the other and again from the first. */
export type Names = Readonly<Record<string, readonly (readonly string[])[]>>;

export interface NameServer {
  resolve: Resolve;
  /** Questions that were asked. */
  asked(): number;
  close(): void;
}

export async function startNameServer(names: Names): Promise<NameServer> {
  const socket = createSocket('udp4');
  const turns = new Map<string, number>();
  let asked = 0;
  socket.on('message', (question, { port, address }) => {
    asked += 1;
    const { name, end } = nameIn(question);
    const answers = names[name] ?? [[]];
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    socket.send(answerOf(question.subarray(0, end + 4), answers[turn % answers.length]!), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { resolve: resolveBy(socket), asked: () => asked, close: () => socket.close() };
}

function resolveBy(socket: Socket): Resolve {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${(socket.address() as AddressInfo).port}`]);
  return (hostname, answer) =>
    resolver.resolve4(hostname, (error, addresses) =>
      answer(
        error,
        (addresses ?? []).map((address) => ({ address, family: 4 })),
      ),
    );
}

function nameIn(question: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at]!; length > 0; length = question[at]!) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function answerOf(question: Buffer, addresses: readonly string[]): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const records = addresses.map((address) =>
    // The name of the question, A, IN, a TTL of 0 s, four bytes.
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([head, ...records]);
}
