import { describe, expect, it } from 'vitest';
import { countAcks } from './flush-order.ts';

const write = '11 pwrite64(9</s/$G/streams/T/msgs/1.blk>, "#\\0\\0t.x36", 35, 1250) = 35';
const flush = '11 fsync(9</s/$G/streams/T/msgs/1.blk>) = 0';
const ack =
  '11 writev(8<TCP:[127.0.0.1:1->127.0.0.1:2]>, [{iov_base="MSG _INBOX.A.B 1 23\\r\\n{\\"stream\\":\\"T\\",\\"seq\\":36}\\r\\n", iov_len=74}], 1) = 74';
const unflushed = (...lines: string[]): number => countAcks(lines.join('\n')).unflushed;

describe('countAcks', () => {
  it('counts acknowledgements, and those that left before their flush returned', () => {
    expect(countAcks([write, flush, ack, write, flush, ack].join('\n'))).toEqual({ acks: 2, unflushed: 0 });
    expect(countAcks([write, ack, flush].join('\n'))).toEqual({ acks: 1, unflushed: 1 });
    expect(countAcks([write, flush, write, ack].join('\n'))).toEqual({ acks: 1, unflushed: 1 });
  });

  it('takes a flush for done when it has returned well, and only for what was written before it began', () => {
    const begun = '12 fsync(9</s/$G/streams/T/msgs/1.blk> <unfinished ...>';
    const done = '12 <... fsync resumed>) = 0';
    expect(unflushed(write, begun, done, ack)).toBe(0);
    expect(unflushed(write, begun, ack, done)).toBe(1);
    expect(unflushed(begun, write, done, ack)).toBe(1);
    expect(unflushed(write, flush.replace('= 0', '= -1 EIO (Input/output error)'), ack)).toBe(1);
  });

  it('passes over other files and other talk', () => {
    expect(unflushed(write, flush.replace('1.blk', 'index.db'), ack)).toBe(1);
    expect(countAcks([write, ack.replace('\\"seq\\"', '\\"first_seq\\"')].join('\n'))).toEqual({ acks: 0, unflushed: 0 });
  });
});
