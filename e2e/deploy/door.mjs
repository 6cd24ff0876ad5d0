/**
 * Runs in a machine of a test, and lets the test in: what connects to the socket in a file comes out at a port of that machine's loopback.
 *
 *   node door.mjs <socket> <port>
 */
import { connect, createServer } from 'node:net';

const [socket, port] = process.argv.slice(2);

createServer((outside) => {
  const inside = connect(Number(port), '127.0.0.1');
  for (const [one, other] of [
    [outside, inside],
    [inside, outside],
  ]) {
    one.on('error', () => undefined).on('close', () => other.destroy());
    one.pipe(other);
  }
}).listen(socket);
