/** The query of `POST /v1/inputs`. */
import { InputForm, KindName } from '@manyhands/proto';
import { Field } from '../contract/field.ts';

export class UploadQuery {
  @Field(InputForm, {
    description:
      'In which form it is sent; else what `Content-Type` states: `application/x-ndjson`, `application/json` (an array), `text/csv` (its first line names the columns; of a kind that reads tables itself it becomes `table`, which is stored as it is), `text/plain` (a record on each line), `application/octet-stream`.',
  })
  form?: InputForm;

  @Field(KindName, { description: 'The kind it is for: each record is held against the schema of its items.' })
  kind?: string;
}
