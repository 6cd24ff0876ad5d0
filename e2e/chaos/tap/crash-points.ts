/**
 * The points at which a process of ours may be told to die: before and after each publish, compare-and-set and ack of the job protocol.
 * Plain data; a closed set.
 */
export type Service = 'gateway' | 'coordinator' | 'compute' | 'metrics';

export interface Step {
  service: Service;
  says: string;
  /** Subjects it leaves under; absent where it is no message. */
  subject?: RegExp;
  /** What it must contain; absent: anything. */
  text?: RegExp;
  /** The statement, where it is one of SQL. */
  sql?: string;
  /** The load that leads there; absent: any job. */
  needs?: 'a long job' | 'a cancel' | 'a schedule' | 'a list' | 'an orderly end';
}

const ack = (stream: string): RegExp => new RegExp(`^\\$JS\\.ACK\\.(.+\\.)?${stream}\\.`);

export const STEPS = {
  claim: { service: 'gateway', says: 'claims the idempotency key', subject: /^\$KV\.idempotency\./, text: /"stored":false/ },
  submit: { service: 'gateway', says: 'stores the job', subject: /^job\.\d+\.[^.]+\.submit$/ },
  note: { service: 'gateway', says: 'notes that it is stored', subject: /^\$KV\.idempotency\./, text: /"stored":true/ },
  cancel: { service: 'gateway', says: 'stores a cancel', subject: /^job\.\d+\.[^.]+\.cancel$/, needs: 'a cancel' },
  lease: { service: 'coordinator', says: 'stores leases', subject: /^work\./ },
  view: {
    service: 'coordinator',
    says: 'writes a view over the one before',
    subject: /^\$KV\.jobs\./,
    text: /"status":"running"/,
  },
  'final-view': { service: 'coordinator', says: 'writes the final view', subject: /^\$KV\.jobs\./, text: /"status":"completed"/ },
  snapshot: {
    service: 'coordinator',
    says: 'writes a snapshot over the one before',
    subject: /^\$KV\.job_state\./,
    text: /"JobState"/,
    needs: 'a long job',
  },
  'snapshot-removal': {
    service: 'coordinator',
    says: 'removes the snapshot of a finished job',
    subject: /^\$KV\.job_state\./,
    text: /^$/,
    needs: 'a long job',
  },
  finished: { service: 'coordinator', says: 'tells the end of a job', subject: /^event\..+\.finished/ },
  'mailbox-ack': { service: 'coordinator', says: 'acknowledges a batch of the mailbox', subject: ack('MAILBOX'), text: /^\+ACK/ },
  'lease-removal': {
    service: 'coordinator',
    says: 'takes the leases of a cancelled job back',
    subject: /^\$JS\.API\.STREAM\.PURGE\.WORK$/,
    needs: 'a cancel',
  },
  'mailbox-removal': {
    service: 'coordinator',
    says: 'empties the mailbox of a job that is over',
    subject: /^\$JS\.API\.STREAM\.PURGE\.MAILBOX$/,
    // Else it comes two minutes after the end of a job.
    needs: 'an orderly end',
  },
  'due-submit': {
    service: 'coordinator',
    says: 'stores the job of a schedule',
    subject: /^job\.\d+\.[^.]+\.submit$/,
    needs: 'a schedule',
  },
  'due-note': { service: 'coordinator', says: 'notes what became of a run', subject: /^schedule\.ran\./, needs: 'a schedule' },
  'due-ack': {
    service: 'coordinator',
    says: 'acknowledges a run',
    subject: ack('SCHEDULES'),
    text: /^\+ACK/,
    needs: 'a schedule',
  },
  result: { service: 'compute', says: 'stores a result', subject: /^job\.\d+\.[^.]+\.result\./ },
  'lease-ack': { service: 'compute', says: 'acknowledges a lease', subject: ack('WORK'), text: /^\+ACK/ },
  'input-part': {
    service: 'gateway',
    says: 'stores a part of an input',
    subject: /^artifact\.[^.]+\.[^.]+\.in\./,
    needs: 'a list',
  },
  'input-record': {
    service: 'gateway',
    says: 'states that an input is whole',
    subject: /^\$KV\.artifacts\./,
    text: /"InputRecord"/,
    needs: 'a list',
  },
  'lines-part': {
    service: 'compute',
    says: 'stores a part of the lines of a lease',
    subject: /^artifact\.[^.]+\.[^.]+\.o-/,
    needs: 'a list',
  },
  'lines-result': {
    service: 'compute',
    says: 'stores a result that names its lines',
    subject: /^job\.\d+\.[^.]+\.result\./,
    text: /"stored"/,
    needs: 'a list',
  },
  manifest: {
    service: 'coordinator',
    says: 'stores the manifest of all lines',
    subject: /^artifact\.[^.]+\.[^.]+\.results-/,
    needs: 'a list',
  },
  'results-record': {
    service: 'coordinator',
    says: 'states that the lines are whole',
    subject: /^\$KV\.artifacts\./,
    text: /"ResultsRecord"/,
    needs: 'a list',
  },
  row: { service: 'metrics', says: 'commits a row of history', sql: 'COMMIT' },
  'row-ack': { service: 'metrics', says: 'acknowledges the event of a row', subject: ack('EVENTS'), text: /^\+ACK/ },
} as const satisfies Record<string, Step>;

export type StepName = keyof typeof STEPS;
export type CrashPoint = `${'before' | 'after'}-${StepName}`;

const ALL_POINTS: readonly CrashPoint[] = (Object.keys(STEPS) as StepName[]).flatMap((step): CrashPoint[] => [
  `before-${step}`,
  `after-${step}`,
]);
const isOfLists = (point: CrashPoint): boolean => (readCrashPoint(point).step as Step).needs === 'a list';

/** Of the job protocol. */
export const CRASH_POINTS = ALL_POINTS.filter((point) => !isOfLists(point));
/** Of what is too large for a message: walked with lists of their own (`proof/crashed-lists.ts`). */
export const LIST_POINTS = ALL_POINTS.filter(isOfLists);

export interface ReadPoint {
  when: 'before' | 'after';
  step: Step;
}

/** Throws a sentence with all names when this is none. */
export function readCrashPoint(name: string): ReadPoint {
  const point = ALL_POINTS.find((known) => known === name);
  if (point === undefined) throw new Error(`CRASH_AT=${name} is no crash point; there are ${ALL_POINTS.join(', ')}`);
  const dash = point.indexOf('-');
  return { when: point.slice(0, dash) as ReadPoint['when'], step: STEPS[point.slice(dash + 1) as StepName] };
}

/** Whether a message is this step's. */
export function passes({ subject, text }: Step, message: { subject: string; data: Uint8Array }): boolean {
  if (subject === undefined || !subject.test(message.subject)) return false;
  return text === undefined || text.test(new TextDecoder().decode(message.data));
}

/** What a process prints before it dies there. */
export function lastWords(point: string): string {
  return `dies ${point}`;
}

/** What a process prints before it stops there, to go on when it is woken. */
export function wordsBeforeSleep(point: string): string {
  return `freezes ${point}`;
}

/** The point a line names that a process printed before it stopped; undefined when it is no such line. */
export function frozenAt(line: string): string | undefined {
  return /^freezes ((?:before|after)-[a-z-]+)$/.exec(line)?.[1];
}
