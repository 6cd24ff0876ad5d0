/**
 * Reads where a request is addressed to: what stands in `Host`, in an address written out whole, or behind the `//` of an origin.
 *
 * Invariant: two spellings of one host read alike (case, a trailing dot, IPv6 zeros, a leading zero of the port). Pure.
 */
export interface Authority {
  /** Lower case, without a trailing dot; an IPv6 address without its brackets. */
  readonly name: string;
  /** Undefined when none is named: the default of the scheme. */
  readonly port: number | undefined;
}

export const SCHEMES = { http: 80, https: 443 } as const;
export type Scheme = keyof typeof SCHEMES;

const shape = /^(\[[0-9a-f:.]+\]|[^\s/?#@\\:[\]%*,]+)(?::(\d{0,5}))?$/i;

/** Undefined for what names no host. */
export function readAuthority(text: string): Authority | undefined {
  const [, host, portText] = shape.exec(text) ?? [];
  if (host === undefined) return undefined;
  const port = portText ? Number(portText) : undefined;
  if (port !== undefined && port > 65_535) return undefined;
  const name = hostName(host);
  return name === undefined ? undefined : { name, port };
}

/** As it is written behind the `//` of an origin. */
export function authorityText({ name, port }: Authority, scheme: Scheme): string {
  const host = name.includes(':') ? `[${name}]` : name;
  return port === undefined || port === SCHEMES[scheme] ? host : `${host}:${port}`;
}

/** The spelling browsers use: `URL` knows the rules of international names and of addresses. */
function hostName(host: string): string | undefined {
  try {
    const name = new URL(`http://${host}/`).hostname.replace(/\.$/, '').replace(/^\[|\]$/g, '');
    return name === '' ? undefined : name;
  } catch {
    return undefined;
  }
}
