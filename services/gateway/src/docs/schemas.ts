/** The shapes of the API's answers as JSON Schema, made from the contract's own schemas, so that the description cannot differ from them. */
import { ANSWERS } from '@manyhands/proto';
import { z } from 'zod';

/** Components of the OpenAPI document, by name. */
export function answerSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(ANSWERS).map(([name, schema]) => {
      const { $schema: _, ...shape } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'output', unrepresentable: 'any' });
      return [name, withinComponents(shape, name)];
    }),
  );
}

/** Points the references inside a schema (`#/$defs/x`, for values that hold themselves) at where the schema stands in the document. */
function withinComponents(shape: object, name: string): object {
  return JSON.parse(
    JSON.stringify(shape)
      .replaceAll('"#/$defs/', `"#/components/schemas/${name}/$defs/`)
      .replaceAll('"$ref":"#"', `"$ref":"#/components/schemas/${name}"`),
  ) as object;
}
