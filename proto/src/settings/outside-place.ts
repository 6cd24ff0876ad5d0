/** Places that jobs may reach although they are refused otherwise, and the secrets that jobs may send: two settings of compute. Pure. */

/** A host (`*.` before it: each host below it), a network (CIDR), or any public host (neither); with a port, only there. */
export interface OutsidePlace {
  readonly host?: string;
  readonly network?: string;
  readonly port?: number;
}

/** A variable of the environment, and the one place that it may be sent to. */
export interface SecretUse {
  readonly name: string;
  readonly host: string;
}

const HOST = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
const NETWORK = /^(?:([\d.]+)(?:\/(\d{1,2}))?|\[?([\da-f.]*:[\da-f:.]*)\]?(?:\/(\d{1,3}))?)$/;

/** Undefined when the text is none. */
export function readPlace(text: string): OutsidePlace | undefined {
  const lower = text.toLowerCase();
  const network = networkOf(lower);
  if (network !== undefined) return { network };
  const [, before = '', digits] = /^(.*?)(?::(\d{1,5}))?$/.exec(lower) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  if (before === '*') return port === undefined ? undefined : { port };
  const address = networkOf(before);
  if (address !== undefined) return before.includes('/') ? undefined : { host: hostOfAddress(address), ...withPort(port) };
  return HOST.test(before) && !/^[\d.]+$/.test(before) ? { host: before, ...withPort(port) } : undefined;
}

/** As `NAME@host`. Undefined when the text is none. */
export function readSecretUse(text: string): SecretUse | undefined {
  const [, name, host = ''] = /^([A-Za-z_][A-Za-z0-9_]{0,99})@(.+)$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  if (host === '*') return { name, host };
  const place = readPlace(host);
  if (place === undefined || place.port !== undefined) return undefined;
  // An address alone is a network of one.
  const own = place.host ?? (host.includes('/') ? undefined : hostOfAddress(place.network!));
  return own === undefined ? undefined : { name, host: own };
}

function withPort(port: number | undefined): { port?: number } {
  return port === undefined ? {} : { port };
}

/** `10.0.0.0/8`, or one address as `10.0.0.1/32`. */
function networkOf(text: string): string | undefined {
  const [, four, fourBits = '32', six, sixBits = '128'] = NETWORK.exec(text) ?? [];
  if (four !== undefined) {
    const parts = four.split('.');
    const isAddress = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
    return isAddress && Number(fourBits) <= 32 ? `${four}/${Number(fourBits)}` : undefined;
  }
  if (six === undefined || !URL.canParse(`http://[${six}]/`) || Number(sixBits) > 128) return undefined;
  return `${new URL(`http://[${six}]/`).hostname.slice(1, -1)}/${Number(sixBits)}`;
}

function hostOfAddress(network: string): string {
  return network.slice(0, network.indexOf('/'));
}
