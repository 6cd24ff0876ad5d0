/**
 * The flow of one job, as a table. Start reading here.
 *
 * Each row is one step: its subject or key, where it is kept, who publishes, who consumes, and the message. Held by
 * `e2e/structure/flow.e2e.spec.ts`: each message is published and read where its row states, and each step has a room or a file of its name.
 */
export interface FlowRow {
  step: string;
  /** Subject or key pattern; `<word>` stands for an id. */
  where: string;
  keptIn: string;
  from: 'user' | 'server' | 'gateway' | 'coordinator' | 'compute' | 'metrics';
  to: 'gateway' | 'coordinator' | 'compute' | 'metrics';
  messages: readonly string[];
}

export const FLOW = [
  {
    step: 'submit',
    where: 'job.<partition>.<job>.submit',
    keptIn: 'stream MAILBOX',
    from: 'gateway',
    to: 'coordinator',
    messages: ['SubmitJob'],
  },
  {
    step: 'schedule',
    where: 'schedule.due.<tenant>.<schedule>',
    keptIn: 'stream SCHEDULES',
    from: 'gateway',
    to: 'coordinator',
    messages: ['Schedule'],
  },
  {
    step: 'submit',
    where: 'job.<partition>.<job>.cancel|pause|resume|requeue.<round>',
    keptIn: 'stream MAILBOX',
    from: 'gateway',
    to: 'coordinator',
    messages: ['CancelJob', 'PauseJob', 'ResumeJob', 'RequeueJob'],
  },
  {
    step: 'lease',
    where: 'work.<kind>.<lane>[-young][-confined].<job>',
    keptIn: 'stream WORK',
    from: 'coordinator',
    to: 'compute',
    messages: ['ComputeLease'],
  },
  {
    step: 'compute',
    where: 'live.<partition>.<job>',
    keptIn: 'nothing: in-progress acks hold the lease',
    from: 'compute',
    to: 'coordinator',
    messages: ['LeaseProgress'],
  },
  {
    step: 'log',
    where: 'log.<tenant>.<job>',
    keptIn: 'stream LOGS',
    from: 'compute',
    to: 'gateway',
    messages: ['LogLine'],
  },
  {
    step: 'result',
    where: 'job.<partition>.<job>.result.<lease>',
    keptIn: 'stream MAILBOX',
    from: 'compute',
    to: 'coordinator',
    messages: ['LeaseComputed', 'LeaseFailed'],
  },
  {
    step: 'reclaim',
    where: '$JS.EVENT.ADVISORY.CONSUMER.*.WORK.<consumer>',
    keptIn: 'stream ADVISORIES',
    from: 'server',
    to: 'coordinator',
    messages: ['WorkAdvisory'],
  },
  {
    step: 'reclaim',
    where: 'job.<partition>.<job>.result.<lease>',
    keptIn: 'stream MAILBOX',
    from: 'coordinator',
    to: 'coordinator',
    messages: ['LeaseFailed'],
  },
  {
    step: 'retry',
    where: 'timer.set.<partition>.<job>.retry',
    keptIn: 'stream TIMERS, then MAILBOX',
    from: 'coordinator',
    to: 'coordinator',
    messages: ['TimerDue'],
  },
  { step: 'fold', where: '<job>', keptIn: 'bucket job_state', from: 'coordinator', to: 'coordinator', messages: ['JobState'] },
  {
    step: 'fold',
    where: 'answered.<tenant>.<job>.<page>',
    keptIn: 'stream ANSWERED',
    from: 'coordinator',
    to: 'gateway',
    messages: ['AnsweredLeases'],
  },
  { step: 'progress', where: '<tenant>.<job>', keptIn: 'bucket jobs', from: 'coordinator', to: 'gateway', messages: ['JobView'] },
  {
    step: 'retry',
    where: 'dead.chunk.<tenant>.<job>.<round>.<chunk>',
    keptIn: 'stream DEAD',
    from: 'coordinator',
    to: 'gateway',
    messages: ['DeadChunk'],
  },
  {
    step: 'finish',
    where: 'event.<tenant>.<job>.finished[.<round>]',
    keptIn: 'stream EVENTS',
    from: 'coordinator',
    to: 'metrics',
    messages: ['JobFinished'],
  },
  {
    step: 'finish',
    where: 'control.delete',
    keptIn: 'nothing: request and reply',
    from: 'gateway',
    to: 'coordinator',
    messages: ['DeleteJob'],
  },
] as const satisfies readonly FlowRow[];

export type FlowStep = (typeof FLOW)[number]['step'];
