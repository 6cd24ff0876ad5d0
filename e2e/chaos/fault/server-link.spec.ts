import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openServerLink, type ServerLink } from './server-link.ts';

let listener: Server;
let link: ServerLink;
let dialler: Socket;
let other: Socket;

beforeEach(async () => {
  listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  link = await openServerLink((listener.address() as AddressInfo).port);
  dialler = connect(link.port, '127.0.0.1');
  [other] = (await once(listener, 'connection')) as [Socket];
});
afterEach(async () => {
  dialler.destroy();
  other.destroy();
  await link.close();
  listener.close();
});

async function heard(socket: Socket): Promise<string> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

it('carries bytes both ways', async () => {
  dialler.write('hello');
  expect(await heard(other)).toBe('hello');
  other.write('and back');
  expect(await heard(dialler)).toBe('and back');
});

it('is silent one way while the other way works, and delivers what waited once mended', async () => {
  link.silence(['there']);
  dialler.write('lost?');
  let early = '';
  other.once('data', (bytes) => (early = String(bytes)));
  other.write('one way');
  expect(await heard(dialler)).toBe('one way');
  expect(early).toBe('');
  link.mend();
  expect(await heard(other)).toBe('lost?');
});
