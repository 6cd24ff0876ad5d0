/**
 * Kind `llm`: each item is a line of OpenAI's Batch API, and is sent to the model server of the operator; the answers are the lines of the output file.
 *
 * A module of its own, which is loaded where `MANYHANDS_LLM_URL` is set.
 */
import { LLM_ENDPOINTS, LLM_KIND, limits, LlmRequest, type LlmLine, type LlmParams } from '@manyhands/proto';
import { defineTask, items } from '@manyhands/worker/task';

export const llm = defineTask<LlmParams, LlmRequest, LlmLine, LlmParams, LlmRequest>({
  name: LLM_KIND,
  title: 'Ask a language model',
  description:
    'Sends each line of a batch file to the model server of this system. Takes and leaves lines as those of the Batch API of OpenAI: custom_id, method, url, body.',
  params: {
    type: 'object',
    properties: {
      endpoint: {
        title: 'Address',
        description: 'Requests to any other address fail. Left out, each line names its own.',
        enum: LLM_ENDPOINTS,
        type: 'string',
      },
      until: {
        title: 'Not after',
        description: 'Requests that have not been sent by then fail. Written as 2027-01-31T06:30:00Z.',
        type: 'string',
        format: 'date-time',
        maxLength: 40,
      },
      metadata: {
        title: 'Metadata',
        description: 'Names and values of yours, which are kept with the job.',
        type: 'object',
        additionalProperties: { type: 'string', maxLength: limits.batchMetadataValueCharsMax },
        maxProperties: limits.batchMetadataMax,
      },
    },
    additionalProperties: false,
  },
  example: {},
  input: items(LlmRequest),
  attempts: limits.attemptsMaxMax,
  concurrency: 32,
  softLimitSec: 330,
  hardLimitSec: 390,
  compute: async (request, context) => (await import('./ask.ts')).askModel(request, context),
});
