/** `NATS_URL`: addresses of servers separated by commas, each perhaps with `user:password@` or `token@` in front. Pure. */

/** Whether each part is a server's address. */
export function isNatsUrl(text: string): boolean {
  const parts = partsOf(text);
  return parts.length > 0 && parts.every(isAddress);
}

/** The same text with what identifies the client left out, for messages. What cannot be taken apart is left out up to the last `@`. */
export function withoutSecrets(text: string): string {
  if (!text.includes('@')) return text;
  const parts = partsOf(text);
  if (!parts.every(isAddress)) return `***${text.slice(text.lastIndexOf('@'))}`;
  return parts
    .map((part) => (part.includes('@') ? `${schemeOf(part)}***@${part.slice(part.lastIndexOf('@') + 1)}` : part))
    .join(',');
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

function schemeOf(part: string): string {
  return /^[a-z]+:\/\//i.exec(part)?.[0] ?? '';
}

function isAddress(part: string): boolean {
  const scheme = schemeOf(part);
  if (!/^(|(nats|tls|ws|wss):\/\/)$/i.test(scheme)) return false;
  // A password may hold anything but what ends it: the host begins behind the last `@`.
  const host = part.slice(scheme.length).slice(part.slice(scheme.length).lastIndexOf('@') + 1);
  if (host === '' || !/^[^\s/?#]+\/?$/.test(host)) return false;
  return URL.canParse(`nats://${host}`) && new URL(`nats://${host}`).hostname !== '';
}
