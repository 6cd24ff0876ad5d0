/**
 * Ways to break the system on purpose. The simulation must find each that is a fault: otherwise it proves nothing about the real one. What is no
 * fault must change nothing.
 */
export type Mutant =
  /** The snapshot store writes whatever is stored already. */
  | 'snapshots without revision'
  /** The view of a job is written over whatever is stored already. */
  | 'views without revision'
  /** Both results of a lease that ran twice are stored. */
  | 'results without expected sequence'
  /** The end of a job is told as often as somebody says it. */
  | 'events without expected sequence'
  /** A result that covers chunks already done counts too. */
  | 'fold counts what is done'
  /** A lease that made room is answered as if it had been computed to its end. */
  | 'what is left counts'
  /** A batch is acknowledged before its effects are durable. */
  | 'ack before effects'
  /** One actor's failure fails its whole batch. */
  | 'batches fail as a whole'
  /** Whatever fails is taken for passing by itself, so it is tried again for ever. */
  | 'every failure passes'
  /** Of a job that is set aside nobody says so. */
  | 'set aside in silence'
  /** A snapshot holds all that the state does, however large that is. */
  | 'states of any size'
  /** What is finished is remembered for longer than the partition is held. */
  | 'finished jobs outlive their partition'
  /** Partials are read, and written anew. */
  | 'partials are rebuilt'
  /** Leases are taken back whoever has handed them out, and nobody asks whether the partition is still held. */
  | 'leases purged without bound'
  /** The mailbox of a job that is over is emptied of what came since, too. */
  | 'mailboxes purged without bound'
  /** A merge of an earlier round that failed is not done again. */
  | 'failed merges of earlier rounds stay out'
  /** A stored state that cannot be read counts as one that cannot be reached. */
  | 'unreadable is away'
  /** Nobody looks after jobs for which nothing is under way. */
  | 'no watch'
  /** A merge that gives no partial counts as one that gives null. */
  | 'nothing is a result'
  /** Every run of a lease stores what it leaves under the name of the lease. */
  | 'no nonce'
  /** A result is published before what it names is stored. */
  | 'results before parts'
  /** The clock of a job never goes back. */
  | 'clocks only rise'
  /** A submission that is stored again after its job is over counts. */
  | 'repeats count'
  /** A job whose saved state and view cannot be read has no end. */
  | 'no end without a view'
  /** No fault, where purges have their bounds: nobody asks whether the partition is still held. */
  | 'ownership is not asked for'
  /** No fault: message ids are not looked at, as after a restart of the server. */
  | 'message ids ignored'
  /** No fault, because the journal ends before the message at hand: a rebuilt job reads its journal before it looks which leases wait. */
  | 'journal before work'
  /** No fault: a rebuilt job takes the journal to its end for its past, and passes over what of it is handed to it later. */
  | 'whole journal'
  /** The same, but it believes to be at the end of the journal when it has looked which leases wait, and read the journal before. */
  | 'whole journal before work';
