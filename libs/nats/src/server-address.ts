/** Takes `NATS_URL` apart: servers to try, and who to be. Pure. */

export interface ServerAddress {
  servers: string[];
  user?: string;
  pass?: string;
  token?: string;
  /** The same address without secrets, for messages. */
  shown: string;
}

/** `nats://host:port`, comma separated for a cluster; `user:password@` or `token@` before a host counts for all. */
export function serverAddress(url: string): ServerAddress {
  const address: ServerAddress = { servers: [], shown: '' };
  for (const part of url
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean)) {
    const at = part.lastIndexOf('@');
    const scheme = /^[a-z]+:\/\//.exec(part)?.[0] ?? '';
    address.servers.push(at < 0 ? part : scheme + part.slice(at + 1));
    if (at < 0) continue;
    const [user = '', ...pass] = part.slice(scheme.length, at).split(':');
    if (pass.length === 0) address.token = decoded(user);
    else Object.assign(address, { user: decoded(user), pass: decoded(pass.join(':')) });
  }
  address.shown = address.servers.join(',');
  return address;
}

/** A `%` that begins no escape stands for itself: passwords have such. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
