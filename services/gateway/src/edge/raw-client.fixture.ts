/** A client that sends bytes as they are given, and reads what comes back as strictly as a browser or a proxy would. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Exchange {
  readonly answers: readonly RawAnswer[];
  /** What came behind the last answer. */
  readonly rest: string;
  /** Whether the connection was reset. */
  readonly wasReset: boolean;
}

export function open(origin: string): Socket {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true });
  socket.on('error', () => undefined);
  return socket;
}

/** The bytes of a request. Headers are added to `Host`, unless they name one of their own. */
export function request(origin: string, method: string, target: string, headers: Record<string, string> = {}, body = ''): string {
  const given = {
    Host: new URL(origin).host,
    ...headers,
    ...(body !== '' && { 'Content-Length': String(Buffer.byteLength(body)) }),
  };
  return `${method} ${target} HTTP/1.1\r\n${Object.entries(given)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${body}`;
}

/** Sends bytes, and reads answers until as many came as methods are named, or the connection ends. */
export async function exchange(origin: string, bytes: string | Buffer, methods: readonly string[]): Promise<Exchange> {
  const socket = open(origin);
  let received = Buffer.alloc(0);
  let wasReset = false;
  socket.on('error', () => (wasReset = true));
  const done = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      try {
        if (readAnswers(received, methods, false).answers.length >= methods.length) resolve();
      } catch (error) {
        socket.destroy();
        reject(new Error(`${(error as Error).message}, behind ${JSON.stringify(received.toString('latin1').slice(-3_000))}`));
      }
    });
    socket.once('close', () => resolve());
    socket.once('end', () => resolve());
  });
  socket.write(bytes);
  await done;
  const read = readAnswers(received, methods, true);
  if (!socket.destroyed) {
    socket.destroy();
    await once(socket, 'close');
  }
  return { ...read, wasReset };
}

/** Reads answers off the front of what came. Throws for what is no answer. `isAll`: nothing more follows. */
export function readAnswers(
  received: Buffer,
  methods: readonly string[],
  isAll: boolean,
): { answers: RawAnswer[]; rest: string } {
  const answers: RawAnswer[] = [];
  let left = received.toString('latin1');
  while (answers.length < methods.length) {
    const read = readAnswer(left, methods[answers.length]!, isAll);
    if (read === undefined) break;
    left = read.rest;
    if (read.answer.status >= 200 || read.answer.status === 101) answers.push(read.answer);
  }
  return { answers, rest: left };
}

function readAnswer(text: string, method: string, isAll: boolean): { answer: RawAnswer; rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  if (!status) throw new Error(`no answer begins like ${JSON.stringify(text.slice(0, 60))}`);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const rest = text.slice(end + 4);
  const body =
    method === 'HEAD' || status < 200 || status === 204 || status === 304 ? { text: '', rest } : readBody(rest, headers, isAll);
  return body && { answer: { status, headers, body: Buffer.from(body.text, 'latin1').toString() }, rest: body.rest };
}

function readBody(text: string, headers: Record<string, string>, isAll: boolean): { text: string; rest: string } | undefined {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(text);
  const length = headers['content-length'];
  if (length === undefined) return isAll ? { text, rest: '' } : undefined;
  return text.length < Number(length) ? undefined : { text: text.slice(0, Number(length)), rest: text.slice(Number(length)) };
}

function readChunks(text: string): { text: string; rest: string } | undefined {
  let body = '';
  for (let at = 0; ;) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const size = Number.parseInt(text.slice(at, end), 16);
    if (Number.isNaN(size)) throw new Error(`no chunk begins like ${JSON.stringify(text.slice(at, at + 40))}`);
    if (text.length < end + 2 + size + 2) return undefined;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
    if (size === 0) return { text: body, rest: text.slice(at) };
  }
}
