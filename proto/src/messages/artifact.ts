/**
 * What is too large for a message: the inputs of jobs and what jobs leave, in stream ARTIFACTS as parts, each written once.
 *
 * Invariant: what counts is what a record in bucket `artifacts`, a counted result or a view names, and that is written last: parts that nothing names are
 * leftovers of runs that did not count.
 */
import { z } from 'zod';
import { InputId, JobId, Tenant } from '../ids.ts';
import { limits } from '../limits.ts';
import { LLM_ENDPOINTS } from '../llm-batch.ts';

/**
 * In which form an input was sent. Of most NDJSON is stored: one record a line, each line ended. Of `table`, which is CSV, its bytes are: each part begins with a byte order
 * mark and the line that names the columns. `bytes` is stored as it is.
 */
export const InputForm = z.enum(['ndjson', 'json', 'lines', 'csv', 'table', 'bytes']);
export type InputForm = z.infer<typeof InputForm>;

/** Key `<tenant>.<input>`: an input that is stored whole, as object `in` of the input. No record is in two parts; `bytes` is cut anywhere. */
export const InputRecord = z.object({
  v: z.literal(1),
  type: z.literal('InputRecord'),
  input_id: InputId,
  tenant: Tenant,
  form: InputForm,
  /** At most `limits.inputRecordsMax`, but of `table`. */
  records: z.int().min(0).max(limits.inputBytesMax),
  /** As stored. */
  bytes: z.int().min(0),
  /** How many records each part holds, in order. */
  parts: z.array(z.int().min(1)),
  created_at: z.iso.datetime(),
  /** Where the first whole number is that would become another one where it is read as a value, and what becomes of it: `line 3: …`. Absent: there is none. */
  rounded: z.string().max(1_000).optional(),
  /** Of the file of a batch: what its user called it, and the address that all its requests name. */
  batch: z.object({ name: z.string().min(1).max(limits.batchFileNameCharsMax), endpoint: z.enum(LLM_ENDPOINTS) }).optional(),
});
export type InputRecord = z.infer<typeof InputRecord>;

/** Which input the chunks of a job are cut from. */
export const InputRef = z.object({
  id: InputId,
  records: z.int().min(0),
  /** `record`: chunk `i` is the records from `i × batch` on, `batch` of them; the last has what is left. `part`: chunk `i` is part `i`. */
  by: z.enum(['record', 'part']),
  /** Absent: 1. */
  batch: z.int().min(1).max(limits.inputBatchMax).optional(),
});
export type InputRef = z.infer<typeof InputRef>;

/** Whether each chunk is one item of what the user sent, so that is what it is called. */
export function isByItem(input: InputRef | undefined): boolean {
  return input?.by === 'record' && (input.batch ?? 1) === 1;
}

/** The bytes `[from, from + bytes)` of a stored object of a job. Its parts are `limits.partBytesMax` long, but for the last one. */
export const StoredRef = z.object({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
  from: z.int().min(0),
  bytes: z.int().min(0),
});
export type StoredRef = z.infer<typeof StoredRef>;

/** The lines of the chunks `[begin, end)`, all of them computed, one after the other: here, or stored. One line of the manifest that `ResultsRecord` names. */
export const ResultSegment = z.object({
  begin: z.int().min(0),
  end: z.int().min(1),
  text: z.string().optional(),
  stored: StoredRef.optional(),
});
export type ResultSegment = z.infer<typeof ResultSegment>;

/** Key `<tenant>.<job>`: the lines that a job left. What its chunk map states has failed is in no segment. */
export const ResultsRecord = z.object({
  v: z.literal(1),
  type: z.literal('ResultsRecord'),
  job_id: JobId,
  tenant: Tenant,
  /** How often the job had been requeued. */
  round: z.int().min(0),
  /** Chunks whose lines are there. */
  chunks: z.int().min(0),
  /** Of the lines. */
  bytes: z.int().min(0),
  /** NDJSON of `ResultSegment` in the order of the chunks. */
  manifest: StoredRef,
});
export type ResultsRecord = z.infer<typeof ResultsRecord>;

/** The name of a file among all of its job: the chunk that left it, and what its task code calls it. Safe in an address, and as the name of a file. */
export const FileName = z
  .string()
  .regex(new RegExp(`^(?=.{3,${limits.fileNameCharsMax + 8}}$)\\d{1,7}-[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$`));

/** A file that task code left (`context.file`), stored last: what it names is whole. Of two runs of a chunk the later one counts. */
export const FileRecord = z.object({
  v: z.literal(1),
  type: z.literal('FileRecord'),
  job_id: JobId,
  tenant: Tenant,
  chunk: z.int().min(0),
  name: FileName,
  media_type: z.string().regex(/^[a-z0-9!#$&^_.+-]{1,63}\/[a-z0-9!#$&^_.+-]{1,63}$/i),
  stored: StoredRef,
});
export type FileRecord = z.infer<typeof FileRecord>;
