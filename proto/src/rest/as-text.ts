/** Answers, or parts of them, that are sent as JSON in a string. */
import type { z } from 'zod';

/** The key of the mark, in the metadata of a schema. */
export const AS_TEXT = 'x-as-text';

/** `schema` for what the string holds; a description of the API makes a string of it. */
export function asText<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ [AS_TEXT]: true });
}
