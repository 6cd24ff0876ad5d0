/**
 * Reads a form (`multipart/form-data`) with one file while it arrives: the file goes on as it comes, the fields are few and short.
 *
 * Invariant: no more is read than the file's reader takes. When the reader fails, or the form is not as it must be, the rest is not read.
 */
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { once } from 'node:events';
import { badRequest, Problem } from '../edge/problem.ts';
import { InputFlaw } from '../inputs/input-flaw.ts';

const LIMITS = { fields: 10, fieldSize: 1_024, fieldNameSize: 100, files: 1, parts: 11, headerPairs: 20, headerSize: 8 * 1_024 };
const wanted = 'send a form (multipart/form-data) with the fields "purpose" and "file"';

export interface UploadForm<Taken> {
  fields: ReadonlyMap<string, string>;
  taken: Taken;
}

/** `take` is given the name of the file, and its bytes. Throws what it throws, and 400 or 415 for another form. */
export async function readUploadForm<Taken>(
  pieces: AsyncIterable<Buffer>,
  contentType: string | undefined,
  take: (name: string, bytes: AsyncIterable<Buffer>) => Promise<Taken>,
): Promise<UploadForm<Taken>> {
  const fields = new Map<string, string>();
  let taking: Promise<Taken> | undefined;
  let file: BusboyFileStream | undefined;
  let flaw: unknown;
  const form = openForm(contentType);
  const fail = (error: unknown): void => {
    // Whatever is closed because of the first error fails, too.
    if (flaw === undefined || (!isTold(flaw) && isTold(error))) flaw = error;
    form.destroy();
    file?.destroy(error instanceof Error ? error : undefined);
  };
  form.on('error', (error: unknown) => fail(badRequest(`The form cannot be read (${(error as Error).message}); ${wanted}.`)));
  form.on('field', (name: string, value: string, isNameCut: boolean, isCut: boolean) => {
    if (isNameCut || isCut) fail(badRequest(`The field "${name.slice(0, 40)}" is longer than ${LIMITS.fieldSize} bytes.`));
    if (fields.has(name)) fail(badRequest(`The field "${name}" is sent twice.`));
    fields.set(name, value);
  });
  form.on('file', (field: string, stream: BusboyFileStream, name: string | undefined) => {
    stream.on('error', fail);
    if (field !== 'file') {
      stream.resume();
      return fail(badRequest(`The file is sent as "${field.slice(0, 40)}"; send it as "file".`));
    }
    file = stream;
    taking = take(name ?? '', stream as AsyncIterable<Buffer>);
    taking.catch(fail);
  });
  for (const [event, what] of [
    ['filesLimit', 'one file'],
    ['fieldsLimit', `${LIMITS.fields} fields`],
    ['partsLimit', `${LIMITS.parts} parts`],
  ] as const)
    form.on(event, () => fail(badRequest(`The form has more than ${what}; ${wanted}.`)));
  const ended = new Promise<void>((resolve) => form.once('finish', resolve).once('close', resolve));
  try {
    for await (const piece of pieces) {
      if (flaw !== undefined) break;
      if (!form.write(piece)) await Promise.race([once(form, 'drain').catch(() => undefined), ended]);
    }
    if (flaw === undefined) form.end();
  } catch (error) {
    fail(error);
  }
  await ended;
  // What was begun is over before this is.
  const taken = await taking?.catch(fail);
  if (flaw !== undefined) throw flaw;
  if (taking === undefined) throw badRequest(`There is no file in the form; ${wanted}.`);
  return { fields, taken: taken as Taken };
}

function openForm(contentType = ''): BusboyInstance {
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS });
  } catch {
    throw new Problem(415, `This is no form with a file; ${wanted}.`);
  }
}

/** Whether it is about what was sent. */
function isTold(error: unknown): boolean {
  return error instanceof Problem || error instanceof InputFlaw;
}

/** What is wrong with the fields beside the file of a batch, as a sentence. */
export function flawIn(fields: ReadonlyMap<string, string>): string | undefined {
  const unknown = [...fields.keys()].find((name) => name !== 'purpose');
  if (unknown?.startsWith('expires_after') === true)
    return 'expires_after is not supported: a file is removed a day after the last batch that used it.';
  if (unknown !== undefined) return `The form has the field "${unknown}", which is not known; take it out.`;
  return fields.get('purpose') === 'batch' ? undefined : 'purpose must be "batch": files of other purposes are not kept here.';
}
