/** The signature of an event, as Standard Webhooks has it: HMAC-SHA256 over its id, time and body. Pure. */
import { createHmac } from 'node:crypto';

/** `secret`: `whsec_` and base64, or any text. `sentAtSec`: seconds of Unix time. */
export function signatureOf(secret: string, id: string, sentAtSec: number, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${sentAtSec}.${body}`).digest('base64')}`;
}
