/** In which form a file of items is sent: as stated, as its name shows, or as the kind reads it. Pure. */
import type { InputForm } from '@manyhands/proto';

const byEnding: Record<string, InputForm> = {
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  csv: 'csv',
  txt: 'lines',
};

/** `kindForm`: `items`, `ndjson`, `csv`, `lines`, `table` or `bytes`. */
export function inputFormOf(stated: InputForm | undefined, file: string, kindForm: string): InputForm {
  if (stated !== undefined) return stated;
  if (kindForm === 'bytes') return 'bytes';
  const ending = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  if (kindForm === 'table') return byEnding[ending] === 'ndjson' || byEnding[ending] === 'json' ? byEnding[ending] : 'table';
  return byEnding[ending] ?? (kindForm === 'csv' || kindForm === 'lines' ? kindForm : 'ndjson');
}
