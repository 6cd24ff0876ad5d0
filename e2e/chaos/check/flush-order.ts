/**
 * Reads off a trace of nats-server's system calls whether each acknowledgement left after the message was flushed. Pure.
 *
 * The trace is that of `strace -f -yy -s 256 -e trace=write,writev,pwrite64,fsync,fdatasync`. A message is written to a block file (`.blk`), the
 * block is flushed, and the acknowledgement goes to a socket; counting flushes would not show one that came too late.
 */
export interface AckCount {
  acks: number;
  /** Acknowledgements that left while a block had been written and not flushed since. */
  unflushed: number;
}

export function countAcks(trace: string): AckCount {
  const count: AckCount = { acks: 0, unflushed: 0 };
  let isDirty = false;
  /** Threads whose flush began after the last write and has not returned. */
  const flushing = new Set<string>();
  for (const line of trace.split('\n')) {
    const thread = line.slice(0, line.indexOf(' '));
    if (/ p?writev?(64)?\(\d+<[^>]*\.blk>/.test(line)) {
      isDirty = true;
      flushing.clear();
    } else if (/ (fsync|fdatasync)\(\d+<[^>]*\.blk>/.test(line)) {
      if (line.includes('<unfinished ...>')) flushing.add(thread);
      else if (line.endsWith('= 0')) isDirty = false;
    } else if (/ <\.\.\. (fsync|fdatasync) resumed>/.test(line)) {
      if (flushing.delete(thread) && line.endsWith('= 0')) isDirty = false;
    } else if (/ writev?\(\d+<TCP.*\\"stream\\":.*\\"seq\\":\d/.test(line)) {
      count.acks += 1;
      if (isDirty) count.unflushed += 1;
    }
  }
  return count;
}
