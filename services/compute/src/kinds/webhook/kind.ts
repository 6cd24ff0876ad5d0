/** Kind `webhook`: sends an event to an address. Each job that asks for it with `notify` makes one when it is over (`webhookOf`). */
import { defineTask } from '@manyhands/worker/task';
import type { WebhookAnswer, WebhookParams } from './call.ts';

/** When the first event comes: a thread of another kind needs none of it. */
let loaded: typeof import('./call.ts') | undefined;

export const webhook = defineTask<WebhookParams, number, WebhookAnswer | null>({
  name: 'webhook',
  title: 'Call a webhook',
  description:
    'Sends an event to an address, as JSON in the form of Standard Webhooks. Tried again for an hour and a half while the receiver does not answer, or with 408, 425, 429 or 5xx.',
  params: {
    type: 'object',
    properties: {
      url: { title: 'Address', description: 'Where the event goes, by POST.', type: 'string', minLength: 1, maxLength: 2_000 },
      event: { title: 'Event', description: 'What is sent, as JSON.', type: 'object' },
      secret: {
        title: 'Secret',
        description: 'Name of the secret that the event is signed with, which the operator of the workers allows.',
        type: 'string',
        pattern: '^[A-Za-z_][A-Za-z0-9_]{0,99}$',
      },
    },
    required: ['url', 'event'],
    additionalProperties: false,
  },
  example: { url: 'https://hooks.example/jobs', event: { type: 'test' } },
  chunks: 1,
  attempts: 10,
  concurrency: 8,
  // One event, whatever the number of chunks.
  compute: async (index, context) => (index === 0 ? (loaded ??= await import('./call.ts')).callWebhook(context) : null),
  merge: (left, right) => left ?? right,
});
