/** The shapes of the API's answers as JSON Schema, made from the contract's own schemas, so that the description cannot differ from them. */
import { ANSWERS, AS_TEXT } from '@manyhands/proto';
import { z } from 'zod';

/** Components of the OpenAPI document, by name. */
export function answerSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(ANSWERS).map(([name, schema]) => {
      const { $schema: _, ...shape } = z.toJSONSchema(schema, {
        target: 'draft-2020-12',
        io: 'output',
        unrepresentable: 'any',
        override: ({ jsonSchema }) => jsonSchema[AS_TEXT] === true && toText(jsonSchema),
      });
      return [name, withinComponents(shape, name)];
    }),
  );
}

/** A value that is sent as JSON in a string is described as one: the shape is that of its content. */
function toText(schema: Record<string, unknown>): void {
  const { [AS_TEXT]: _, ...shape } = schema;
  for (const key of Object.keys(schema)) delete schema[key];
  Object.assign(schema, { type: 'string', contentMediaType: 'application/json', contentSchema: shape });
}

/** Points the references inside a schema (`#/$defs/x`, for values that hold themselves) at where the schema stands in the document. */
function withinComponents(shape: object, name: string): object {
  return JSON.parse(
    JSON.stringify(shape)
      .replaceAll('"#/$defs/', `"#/components/schemas/${name}/$defs/`)
      .replaceAll('"$ref":"#"', `"$ref":"#/components/schemas/${name}"`),
  ) as object;
}
