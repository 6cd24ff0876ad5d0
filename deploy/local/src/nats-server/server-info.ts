/** Reads what a NATS server states of itself: the INFO line it sends to every client that connects, before any log-in. */
import { connect } from 'node:net';

export interface ServerInfo {
  version: string;
  jetstream: boolean;
}

export interface ServerAddress {
  host: string;
  port: number;
}

/** Takes `nats://user:secret@host:4222,host2` apart; what is no address is left out. */
export function serverAddresses(urls: string): ServerAddress[] {
  return urls.split(',').flatMap((entry) => {
    const text = entry.trim();
    if (text === '') return [];
    try {
      const url = new URL(text.includes('://') ? text : `nats://${text}`);
      return [{ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 4222) }];
    } catch {
      return [];
    }
  });
}

/** Undefined when the line is no INFO. */
export function parseInfo(line: string): ServerInfo | undefined {
  if (!line.startsWith('INFO ')) return undefined;
  try {
    const info = JSON.parse(line.slice('INFO '.length)) as { version?: unknown; jetstream?: unknown };
    return typeof info.version === 'string' ? { version: info.version, jetstream: info.jetstream === true } : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when no NATS server answers there in time. */
export function fetchServerInfo({ host, port }: ServerAddress, timeoutMs = 2_000): Promise<ServerInfo | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let heard = '';
    const end = (info?: ServerInfo): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(info);
    };
    const deadline = setTimeout(end, timeoutMs);
    socket.setEncoding('utf8');
    socket.on('error', () => end());
    socket.on('close', () => end());
    socket.on('data', (text: string) => {
      heard += text;
      const lineEnd = heard.indexOf('\n');
      if (lineEnd >= 0) end(parseInfo(heard.slice(0, lineEnd).trim()));
      else if (heard.length > 64 * 1024) end();
    });
  });
}
