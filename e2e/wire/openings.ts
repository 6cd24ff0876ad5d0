/** What the fuzzer says to a gateway, whole: requests of every kind, alone and behind one another, and what is no request at all. */
export interface Opening {
  readonly name: string;
  readonly bytes: Buffer;
  /** Methods of the requests in it, in turn; undefined where its answers cannot be counted (what becomes a WebSocket, or is no HTTP). */
  readonly methods: readonly string[] | undefined;
}

const webSocketHead =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const job = '{"kind":"no-such-kind","params":{"n":10}}';
const nobody = '01980000-0000-7000-8000-000000000000';

/** `host` is that of the gateway, with its port. */
export function openings(host: string): Opening[] {
  const head = (line: string, headers = ''): string => `${line} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`;
  const post = (headers = ''): string =>
    head('POST /v1/jobs', `Content-Type: application/json\r\nContent-Length: ${job.length}\r\n${headers}`) + job;
  const chunked =
    head('POST /v1/jobs', 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n') +
    `${job.length.toString(16)};x=y\r\n${job}\r\n0\r\nTrailer: x\r\n\r\n`;
  const frame = Buffer.from([0x81, 0x85, 1, 2, 3, 4, 0x69, 0x67, 0x6f, 0x68, 0x6e]);
  const opening = (name: string, text: string | Buffer, methods?: readonly string[]): Opening => ({
    name,
    bytes: Buffer.from(text as string, 'latin1'),
    methods,
  });
  return [
    opening('a list', head('GET /v1/jobs?limit=1'), ['GET']),
    opening('HEAD', head('HEAD /v1/jobs'), ['HEAD']),
    opening('a page', head('GET /'), ['GET']),
    opening('an event stream of nothing', head(`GET /v1/jobs/${nobody}/events`), ['GET']),
    opening('a body', post(), ['POST']),
    opening('a body in chunks', chunked, ['POST']),
    opening('a body that waits to be asked for', post('Expect: 100-continue\r\n'), ['POST']),
    opening('a wrong expectation', post('Expect: more\r\n'), ['POST']),
    opening(
      'a body too large',
      head('POST /v1/jobs', 'Content-Type: application/json\r\nContent-Length: 3000000\r\n') + 'x'.repeat(3_000),
      undefined,
    ),
    opening('four behind one another', head('GET /healthz') + post() + head('HEAD /healthz') + head('PUT /v1/jobs'), [
      'GET',
      'POST',
      'HEAD',
      'PUT',
    ]),
    opening('the last of two', head('GET /healthz', 'Connection: close\r\n') + head('GET /healthz'), undefined),
    opening('OPTIONS of everything', head('OPTIONS *'), ['OPTIONS']),
    opening('TRACE', head('TRACE /v1/jobs'), ['TRACE']),
    opening('a stranger', `GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n`, ['GET']),
    opening('HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n', ['GET']),
    opening(
      'h2c',
      head(
        'POST /v1/jobs',
        `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Type: application/json\r\nContent-Length: ${job.length}\r\n`,
      ) + job,
      ['POST'],
    ),
    opening('HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    opening('a WebSocket', Buffer.concat([Buffer.from(head('GET /ws', webSocketHead)), frame])),
    opening('a WebSocket elsewhere', head('GET /elsewhere', webSocketHead), ['GET']),
    opening('a WebSocket of a foreign page', head('GET /ws', `${webSocketHead}Origin: https://evil.example\r\n`), ['GET']),
    opening('a WebSocket of another version', head('GET /ws', webSocketHead.replace('13', '12')), ['GET']),
    opening('a WebSocket behind a request', head('GET /v1/jobs') + head('GET /ws', webSocketHead), ['GET', 'GET']),
    opening('CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nmore', ['CONNECT']),
    opening('CONNECT behind a request', head('GET /v1/jobs') + 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', ['GET', 'CONNECT']),
    opening('garbage behind a request', head('GET /v1/jobs') + '\u0000\u00ff\u0016\u0003\u0001\r\n\r\n', ['GET', '']),
    opening('TLS', Buffer.from('16030100c8010000c40303', 'hex'), undefined),
    opening(
      'a wrong chunk',
      head('POST /v1/jobs', 'Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n') + 'zz\r\n',
      ['POST'],
    ),
    opening('two lengths', head('POST /v1/jobs', 'Content-Length: 1\r\nContent-Length: 2\r\n') + 'xx', ['POST']),
    opening(
      'a length and chunks',
      head('POST /v1/jobs', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n') + '0\r\n\r\n',
      undefined,
    ),
    opening('headers too large', head('GET /healthz', `X: ${'x'.repeat(17_000)}\r\n`), ['GET']),
    opening('no address', head('GET /%'), ['GET']),
  ];
}
