/**
 * Every number that scheduling goes by: one page. None of them is about what is true, only about how soon and how fairly.
 *
 * Each line states what the number is for, and what it is worth: what gets worse, in which scenario, when it is switched off. The
 * simulation measures that: `npm run scheduling` (`e2e/simulation/scheduling/`), which also knows the value that switches each off.
 *
 * Invariant: nothing but that simulation and tests ever changes a value.
 */
export const heuristics = {
  // How many chunks a lease holds (`lease-size.ts`).

  /** Milliseconds a lease grows towards: it then costs about a hundredth of its time in messages, and a dead worker loses no more than this. */
  leaseTargetMs: 150, // off: 40,000 chunks of 1 ms cost 80,317 messages instead of 813
  /**
   * The same where chunks wait for others, many in one thread: a lease costs that thread's core as much as any, of which it then has a small part. With 150, 4,000
   * requests at once in 32 slots went in 2,239 leases, and those cost more than the requests.
   */
  waitingLeaseMs: 1_000, // off: no scenario has such a kind
  /** A lease holds at most so many times the chunks that were last seen to work: one quick chunk states little of the next. */
  growthMax: 4, // off: quick chunks first and slow ones later take 8.0 s instead of 5.1
  /** Part of the old measure of a chunk's time that survives a new one. */
  paceMemory: 0.7, // off: no scenario gets worse
  /** Near the end a lease holds an even share of what waits, divided by this: slots end together. 0: leases keep their size. */
  tailParts: 2, // off: slots idle 18 % instead of 5 % with 400,000 chunks of 10 µs
  /** Milliseconds below which a lease costs more in messages than it gains by running beside others, so it is not made smaller. */
  leaseFloorMs: 5, // off: 300 small jobs cost 15,626 messages instead of 3,654
  /** The same where chunks wait for others, many in one thread. No larger, or the last leases of a job keep its end waiting. */
  waitingFloorMs: 50, // off: no scenario has such a kind
  /** After a lease was lost the next are smaller; with each answer they may be so many times larger again: twice as large after 15. */
  widening: 1.05, // off: 14 % more chunks run twice where one in a thousand kills its lease
  /** Shapes of jobs of which the pace is remembered, for the next job of the same shape. */
  shapesMax: 1_000, // off: 300 small jobs of one shape cost 9,912 messages instead of 3,654
  /** The quickest pace of a shape is remembered, and counts as so many times slower after each job that was not quicker. */
  paceForgotten: 1.01, // off: no scenario gets worse

  // How many leases of a job are outstanding, and whether they overtake (`share.ts`).

  /** Leases for each slot of a job that is alone. */
  windowPerSlot: 2, // off: slots idle 24 % instead of 3 % where leases are short
  /** Leases shorter than this get twice the window, or slots would idle between them. */
  shortLeaseMs: 20, // off: small jobs beside a large one take 446 ms instead of 294
  /** Beyond so many times their own leases, jobs are not made up to for the longer leases of others. */
  longerMax: 16, // off: small jobs beside one with chunks of a second take 8.9 s instead of 8.3
  /** Leases of a job beside others: a bound for what a cancel finds, and for the memory of a job. */
  windowMax: 1_000, // a bound: no scenario gets worse without it
  /** Milliseconds of leases a slot has before it where the operator bounds the chunks of a lease, and how many leases that are at most. */
  boundedMs: 80,
  boundedLeasesMax: 64, // a bound: no scenario gets worse without it
  /**
   * The same for chunks that run again: they come one by one, and all others's messages wait behind theirs for the disk. With 64, small jobs
   * took 2.8 times as long beside a million chunks of which a tenth fail; with 8 less than twice.
   */
  retriedLeasesMax: 8,
  /** Milliseconds of a slot, for each live slot, in which a job is young: its leases overtake those of grown jobs. 0: none does. */
  youngMs: 1_000, // off: a job beside forty of another tenant takes 1,377 ms instead of 183
  /** Who has more jobs than this, and than two for each slot, overtakes no other. */
  youngJobsMax: 8, // off: the same
  /** Leases handed out in one turn: a wider window is filled in the next turns, of which the answers to these bring as many. */
  issuedMax: 1_000, // a bound: no scenario gets worse without it

  // Leases that are late (`straggler.ts`).

  /** Milliseconds after which a lease is late, beside so many times its expected time: chunks differ, and it may have waited for a slot. */
  graceMs: 500, // off: with one slot of eight dead 10.1 s instead of 2.2
  lateFactor: 3, // off: no scenario gets worse
  /** Milliseconds below which a second lease costs about what it saves. */
  copyFloorMs: 20, // off: no scenario gets worse

  // Lines (`merge-plan.ts`).

  /** Runs of lines a job holds, and bytes of lines in its state, before neighbours are joined: each join reads and writes them once more. */
  linesRunsMax: 512, // a bound: no scenario has lines
  linesTextBytesMax: 512 * 1024, // a bound: the same

  // Views (`brief.ts`).

  /** Milliseconds a first view waits at most; a brief job ends within half of it, and is then shown once. Two blinks of an eye are longer. */
  briefViewMs: 200, // off: 300 small jobs cost 8 % more messages
  /** The same beside many brief jobs that are not over: two milliseconds for each of them, but no longer than this. None is looked at alone then, and most end meanwhile. */
  crowdViewMs: 2_000, // off: no scenario has as many at once
};

export type Heuristics = typeof heuristics;
