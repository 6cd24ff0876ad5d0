/** States in a sentence why a port cannot be listened on. Pure. */
import { WrongSettings } from './read-settings.ts';

export interface ListenSetting {
  host: string;
  port: number;
  /** The setting the port comes from. */
  portName: 'PORT' | 'HEALTH_PORT';
}

/** Of what listening failed with; undefined when it is something else than the address. */
export function listenRefusal(error: unknown, { host, port, portName }: ListenSetting): WrongSettings | undefined {
  const sentence = sentences[(error as { code?: string } | undefined)?.code ?? '']?.(host, port, portName);
  return sentence === undefined ? undefined : new WrongSettings(sentence, { cause: error });
}

const unknownHost = (host: string): string =>
  `HOST is "${host}", which is not an address of this machine. Set it to one, like 127.0.0.1 (only this machine) or 0.0.0.0 (every machine that reaches it).`;

const sentences: Partial<Record<string, (host: string, port: number, portName: string) => string>> = {
  EADDRINUSE: (host, port, portName) =>
    `Port ${port} on ${host} is taken by another program. Stop that one, or set ${portName} to another.`,
  EACCES: (_host, port, portName) => `Port ${port} may not be used by this account. Set ${portName} to one above 1023.`,
  EADDRNOTAVAIL: unknownHost,
  // `::` where there is no IPv6.
  EAFNOSUPPORT: unknownHost,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  EINVAL: unknownHost,
};
