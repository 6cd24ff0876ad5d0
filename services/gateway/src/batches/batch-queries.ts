/** What the routes of files and batches take. */
import { JsonObject, LLM_ENDPOINTS, COMPLETION_WINDOW, type LlmEndpoint } from '@manyhands/proto';
import { z } from 'zod';
import { Field, OpenField } from '../contract/field.ts';

const after = Field(z.string().max(100), { description: 'Only what follows this id in the list.' });

export class BatchListQuery {
  @Field(z.int().min(1).max(100), { default: 20 })
  limit!: number;

  @after
  after?: string;
}

export class FileListQuery {
  @Field(z.int().min(1).max(10_000), { default: 10_000 })
  limit!: number;

  @after
  after?: string;

  @Field(z.enum(['asc', 'desc']), { default: 'desc', description: 'By the time of the upload.' })
  order!: 'asc' | 'desc';

  @Field(z.string().max(100), { description: 'Only files of this purpose.' })
  purpose?: string;
}

export class BatchBody {
  @Field(z.string().max(100), { description: 'What `POST /v1/files` answers.', required: true })
  input_file_id?: string;

  @Field(z.enum(LLM_ENDPOINTS), { description: 'The address that all its requests name.', required: true })
  endpoint?: LlmEndpoint;

  @Field(z.enum([COMPLETION_WINDOW]), {
    description: 'Requests that have not been sent by then fail.',
    required: true,
  })
  completion_window?: string;

  @Field(JsonObject, { description: 'Names and values that are kept with the batch.' })
  metadata?: Record<string, unknown>;
}

/** Of `POST /v1/files`, as a form. */
export class UploadBody {
  @OpenField({ type: 'string', enum: ['batch'] })
  purpose?: string;

  @OpenField({ type: 'string', format: 'binary' })
  file?: unknown;
}
