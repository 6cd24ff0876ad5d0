/**
 * Bugs that undo one part of the containment, to plant into the real system: the proof named must find each. Plain data.
 *
 * Each is a change of the text of built modules; a text that is no longer there stops the process that loads it, so a bug never goes missing unseen.
 */
import type { Service } from './crash-points.ts';

interface TextChange {
  /** Of the built module. */
  file: RegExp;
  text: string;
  instead: string;
}

export interface ContainmentBug {
  says: string;
  into: readonly Service[];
  changes: readonly TextChange[];
  /** What finds it, and how it says so. */
  foundBy:
    | 'containment'
    | 'failing-million'
    | 'late-coordinator'
    | 'full-limits'
    | 'hostile-bytes'
    | 'frozen-purge'
    | 'returning-owner'
    | 'young-schedules'
    | 'slips'
    | 'rolling-deploys'
    | 'roaming';
  as: RegExp;
}

const coordinator = ['coordinator'] as const;
const oversized: TextChange = {
  file: /\/coordinator\/dist\/takeover\/job-state-codec\.js$/,
  text: 'letters: keptLetters',
  instead: "letters: keptLetters, planted: job.dead.size > 0 ? 'x'.repeat(2_000_000) : ''",
};

export const CONTAINMENT_BUGS = {
  'snapshots-without-a-budget': {
    says: 'the state of a job with dead chunks is larger than a message',
    into: coordinator,
    changes: [oversized],
    foundBy: 'containment',
    as: /^C2: .*(half-fails|long-messages).*failed, although it can be computed/,
  },
  'one-fails-all-fail': {
    says: 'the same, and a job that cannot be saved takes the batch of its partition with it',
    into: coordinator,
    changes: [
      oversized,
      {
        file: /\/actor\/dist\/parking\.js$/,
        text: 'for (const failure of failed){',
        instead: 'if (failed.length > 0) throw failed[0].error;\n        for (const failure of failed){',
      },
    ],
    foundBy: 'containment',
    as: /^C[34]: /,
  },
  'finished-outlive-their-partition': {
    says: 'a coordinator remembers jobs as finished that were requeued while their partition was with another',
    into: coordinator,
    changes: [
      {
        file: /\/actor\/dist\/held-partition\.js$/,
        text: 'new FinishedActors(finishedRememberedMax)',
        instead: '(globalThis.planted ??= new FinishedActors(finishedRememberedMax))',
      },
    ],
    foundBy: 'returning-owner',
    as: /has not ended/,
  },
  'results-are-rebuilt': {
    says: 'coordinators read results and write them anew',
    into: coordinator,
    changes: [
      {
        file: /\/proto\/dist\/messages\/json-text\.js$/,
        text: 'new JsonText(text.slice(valueFrom, to))',
        instead: 'new JsonText(JSON.stringify(JSON.parse(text.slice(valueFrom, to))))',
      },
    ],
    foundBy: 'hostile-bytes',
    as: /does not hold the bytes of its result/,
  },
  'unreadable-results-are-left-out': {
    says: 'a result that cannot be read is passed over, so its lease is never answered',
    into: coordinator,
    changes: [
      {
        file: /\/coordinator\/dist\/mailbox\/mailbox-message\.js$/,
        text: 'if (failed === undefined) throw error;',
        instead: 'throw error;',
      },
    ],
    foundBy: 'hostile-bytes',
    as: /is still (running|pending)/,
  },
  'each-failure-by-itself': {
    says: 'each chunk that fails costs a way through all that are done',
    into: coordinator,
    changes: [
      {
        file: /\/coordinator\/dist\/job\/fold\.js$/,
        text: 'const all = ChunkSet.of(failed.map',
        instead: 'for (const _ of failed) ChunkSet.of([...job.done.spans()]);\n    const all = ChunkSet.of(failed.map',
      },
    ],
    foundBy: 'failing-million',
    as: /a turn took/,
  },
  'pulls-without-bytes': {
    says: 'a pull asks for so many messages, however large',
    into: coordinator,
    changes: [
      {
        file: /\/coordinator\/dist\/mailbox\/pull\.js$/,
        text: 'batch,\n            maxBytes,',
        instead: 'batch: 500,',
      },
    ],
    foundBy: 'late-coordinator',
    as: /cut off as a slow consumer/,
  },
  'purges-unfenced': {
    says: 'a coordinator that takes leases back takes those of the next owner too',
    into: coordinator,
    changes: [
      {
        file: /\/coordinator\/dist\/effects\/lease-publisher\.js$/,
        text: 'workSubjects.ofJob(jobId), through)',
        instead: 'workSubjects.ofJob(jobId))',
      },
    ],
    foundBy: 'frozen-purge',
    as: /leases of the new owner|has not ended|had lost their leases/,
  },
  'accepts-without-room': {
    says: 'gateways do not ask whether there is room for what a job will need',
    into: ['gateway'],
    changes: [
      {
        file: /\/gateway\/dist\/submit\/submit-job\.js$/,
        text: 'if (shortage !== undefined) throw',
        instead: 'if (false) throw',
      },
    ],
    foundBy: 'full-limits',
    as: /accepted all the same|have not ended/,
  },
  'feeds-stay-current': {
    says: 'a gateway that has read a bucket once shows what it knows for ever',
    into: ['gateway'],
    changes: [
      {
        file: /\/gateway\/dist\/mirror\/bucket-feed\.js$/,
        text: 'performance.now() - this.#watch.asOfMs < CURRENT_MS',
        instead: 'true',
      },
      {
        file: /\/gateway\/dist\/mirror\/feeds\.js$/,
        text: 'await this.#inTime(()=>Promise.all(buckets.map((bucket)=>this[bucket].confirm(BUS_DEADLINE_MS))));',
        instead: 'this.#link.bus();',
      },
    ],
    foundBy: 'roaming',
    as: /was shown .* after .* was stored/,
  },
  'lists-are-not-confirmed': {
    says: 'a gateway shows what it knew some seconds ago without asking whether it is still so',
    into: ['gateway'],
    changes: [
      {
        file: /\/gateway\/dist\/mirror\/feeds\.js$/,
        text: 'await this.#inTime(()=>Promise.all(buckets.map((bucket)=>this[bucket].confirm(BUS_DEADLINE_MS))));',
        instead: 'this.#link.bus(); if (!buckets.every((bucket) => this[bucket].isCurrent)) throw unavailable(notNow);',
      },
    ],
    foundBy: 'roaming',
    as: /saw .* fall from/,
  },
  'pairs-with-nothing-and-waits': {
    says: 'a job whose partials can never be merged waits for ever',
    into: coordinator,
    changes: [
      {
        file: /\/coordinator\/dist\/job\/merge-plan\.js$/,
        text: 'if (job.partials.length < 2) return false;',
        instead: 'return false;',
      },
      // Partials that pair with nothing are of 32 MiB and more since they are stored: here smaller ones do.
      {
        file: /\/coordinator\/dist\/job\/merge-groups\.js$/,
        text: 'bytes + next.bytes <= limits.storedPartialBytesMax',
        instead: 'bytes + next.bytes <= 900_000',
      },
    ],
    foundBy: 'containment',
    as: /^C3: .*pairs-with-nothing/,
  },
  'unknown-errors-for-ever': {
    says: 'what cannot be read is an error, and an error nobody knows is tried again for ever',
    into: coordinator,
    changes: [
      { file: /\/coordinator\/dist\/mailbox\/snapshot-store\.js$/, text: 'unreadable(actorId, error);', instead: 'throw error;' },
      { file: /\/actor\/dist\/containment\.js$/, text: 'if (!passing && failures > limits.triesMax)', instead: 'if (false)' },
    ],
    foundBy: 'containment',
    as: /^C3: .*bad-snapshot/,
  },
  'watchdog-sleeps': {
    says: 'nobody looks for jobs that nothing is under way for',
    into: coordinator,
    changes: [
      { file: /\/coordinator\/dist\/takeover\/job-watch\.js$/, text: 'async sweep() {', instead: 'async sweep() { return 0;' },
    ],
    foundBy: 'containment',
    as: /^C3: .*purged/,
  },
  'held-as-cron': {
    says: 'schedules that repeat are held by the cron of nats-server, as they were before there were alarms',
    into: ['gateway', 'coordinator'],
    changes: [
      {
        file: /\/gateway\/dist\/schedule\/schedule-message\.js$/,
        text: "status === 'scheduled' && runAt !== null && {",
        instead: "status === 'scheduled' && {",
      },
      {
        file: /\/gateway\/dist\/schedule\/schedule-message\.js$/,
        text: 'at: new Date(runAt)',
        instead: "at: runAt === null ? '0 * * * * *' : new Date(runAt)",
      },
      {
        file: /\/nats\/dist\/publish\/message-headers\.js$/,
        text: '`@at ${schedule.at.toISOString()}`',
        instead: "typeof schedule.at === 'string' ? schedule.at : `@at ${schedule.at.toISOString()}`",
      },
      { file: /\/gateway\/dist\/schedule\/schedule-intake\.js$/, text: 'if (alarm === undefined) return;', instead: 'return;' },
      {
        file: /\/coordinator\/dist\/schedule\/schedule-watch\.js$/,
        text: 'async sweep(nowMs = Date.now()) {',
        instead: 'async sweep(nowMs = Date.now()) { return 0;',
      },
    ],
    foundBy: 'young-schedules',
    as: /that was due while nats-server was dead has not come/,
  },
  'alarms-are-set-once': {
    says: 'nobody looks for schedules without an alarm, and a run does not set the next one',
    into: coordinator,
    changes: [
      {
        file: /\/coordinator\/dist\/schedule\/schedule-watch\.js$/,
        text: 'async sweep(nowMs = Date.now()) {',
        instead: 'async sweep(nowMs = Date.now()) { return 0;',
      },
      {
        file: /\/coordinator\/dist\/schedule\/schedule-runs\.js$/,
        text: 'if (alarm !== undefined) await setAlarm',
        instead: 'if (false) await setAlarm',
      },
    ],
    foundBy: 'young-schedules',
    as: /has no alarm for its next run/,
  },
  'nobody-looks-after': {
    says: 'nobody looks whether what NATS holds for us is as it must be',
    into: coordinator,
    changes: [{ file: /\/coordinator\/dist\/care\/care\.js$/, text: 'async look() {', instead: 'async look() { return;' }],
    foundBy: 'slips',
    as: /was not mended within/,
  },
  'hand-overs-count': {
    says: 'a lease that a worker hands over in good order counts as one that nobody answered for',
    into: ['compute'],
    // Where a worker of a proof's own kinds runs, it runs from the sources.
    changes: [
      {
        file: /\/worker\/(dist|src)\/lease\/lease-desk\.[jt]s$/,
        text: 'unanswered: held.deliveryCount - 1',
        instead: 'unanswered: held.deliveryCount',
      },
    ],
    foundBy: 'rolling-deploys',
    as: /runs were charged|dead letters|has not ended|wrong answer/,
  },
} as const satisfies Record<string, ContainmentBug>;

export type ContainmentBugName = keyof typeof CONTAINMENT_BUGS;
