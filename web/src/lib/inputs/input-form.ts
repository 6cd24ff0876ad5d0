/** In which form an input is: by the name of its file, or by what was pasted. A guess that its user can change; the gateway decides. Pure. */
import type { InputForm, KindRegistration } from '@manyhands/proto';

export const formNames: Readonly<Record<InputForm, string>> = {
  ndjson: 'JSON, one value a line',
  json: 'JSON array',
  csv: 'CSV with a header',
  lines: 'Text, one item a line',
  table: 'CSV with a header, as it is',
  bytes: 'Bytes as they are',
};

type KindInput = NonNullable<KindRegistration['input']>;

const tableForms: readonly InputForm[] = ['table', 'ndjson', 'json'];
const itemForms: readonly InputForm[] = ['ndjson', 'json', 'csv', 'lines'];
/** The first form of a kind of items, when nothing else is known. */
const usualForm: InputForm = 'ndjson';

const endings: Readonly<Record<string, InputForm>> = {
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  csv: 'csv',
  txt: 'lines',
  log: 'lines',
};

/** The forms that a kind takes. */
export function formsOf({ form }: KindInput): readonly InputForm[] {
  if (form === 'table') return tableForms;
  return form === 'items' ? itemForms : [form];
}

/** CSV and what is unknown is a `table` where the kind reads one. */
export function formOfName(name: string, input: KindInput): InputForm {
  return taken(endings[/\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''], input);
}

/** Texts longer than this are judged by their beginning. */
const judgedMost = 64 * 1024;

export function formOfText(text: string, input: KindInput): InputForm {
  const begin = text.slice(0, judgedMost).trim();
  const isWhole = text.length <= judgedMost;
  if (begin.startsWith('[') && (!isWhole || isJson(begin))) return taken('json', input);
  // The last line may be cut off.
  const lines = begin.split(/\r?\n/).slice(0, isWhole ? undefined : -1);
  const areValues = (lines.length > 0 || begin.startsWith('{')) && lines.every((line) => line.trim() === '' || isJson(line));
  return taken(areValues && input.schema?.['type'] !== 'string' ? 'ndjson' : 'lines', input);
}

/** How many items a text seems to have, for a count beside it; null for a form that needs a parser. */
export function itemCount(text: string, form: InputForm): number | null {
  if (form === 'ndjson' || form === 'lines') return text.split('\n').filter((line) => line.trim() !== '').length;
  return null;
}

function taken(form: InputForm | undefined, input: KindInput): InputForm {
  const forms = formsOf(input);
  return form !== undefined && forms.includes(form) ? form : (forms[0] ?? usualForm);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
