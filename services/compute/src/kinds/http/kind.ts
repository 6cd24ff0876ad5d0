/** Kind `http`: each item is sent to an endpoint, and the answers are the lines. */
import { defineTask, items } from '@manyhands/worker/task';
import { METHODS, type HttpParams } from './request.ts';
import type { HttpLine } from './send.ts';

/** When the first item comes: a thread of another kind needs none of it. */
let loaded: typeof import('./send.ts') | undefined;

export const http = defineTask<HttpParams, unknown, HttpLine>({
  name: 'http',
  title: 'Send to an endpoint',
  description:
    'Sends each item to an address of yours; the answers are the results, in the order of the items. 408, 425, 429 and 5xx are tried again, other 4xx are failures.',
  params: {
    type: 'object',
    properties: {
      url: {
        title: 'Address',
        description:
          'Where each item goes. {{item}} or {{item.field}} stand for the item and what it holds: https://api.example/users/{{item.id}}.',
        type: 'string',
        minLength: 1,
        maxLength: 4_000,
      },
      method: {
        title: 'Method',
        description: 'GET and HEAD send no body, and follow redirects.',
        enum: METHODS,
        type: 'string',
        default: 'POST',
      },
      headers: {
        title: 'Headers',
        description:
          'Sent with each request. {{secret.NAME}} stands for a secret that the operator of the workers allows; never write a secret itself here.',
        type: 'object',
        additionalProperties: { type: 'string', maxLength: 4_000 },
        maxProperties: 30,
      },
      body: {
        title: 'Body',
        description:
          'Left out, the item is sent as JSON. In JSON a placeholder stands for a JSON value, and between quotes for a part of a text: {"id": {{item.id}}, "text": "Hello {{item.name}}"}.',
        type: 'string',
        maxLength: 32_000,
      },
      per_second: {
        title: 'Requests a second',
        description: 'To one host, of all workers together. As fast as it goes when left out.',
        type: 'number',
        minimum: 0.001,
        maximum: 10_000,
      },
      timeout_sec: {
        title: 'Seconds for an answer',
        description: 'After that a request has failed, and is tried again.',
        type: 'integer',
        minimum: 1,
        maximum: 300,
        default: 30,
      },
    },
    required: ['url'],
    additionalProperties: false,
  },
  example: { url: 'https://api.example/items', method: 'POST' },
  input: items(),
  attempts: 5,
  concurrency: 32,
  compute: async (item, context) => (loaded ??= await import('./send.ts')).sendItem(item, context),
});
