import { describe, expect, it } from 'vitest';
import { LiveMembers } from './live-members.ts';

describe('live members', () => {
  it('are those heard, in a fixed order; only a first heartbeat changes them', () => {
    const members = new LiveMembers(10);
    expect(members.beat('b', 0)).toBe(true);
    expect(members.beat('a', 1)).toBe(true);
    expect(members.beat('b', 2)).toBe(false);
    expect(members.ids).toEqual(['a', 'b']);
  });

  it('end when they leave, which changes nothing the second time', () => {
    const members = new LiveMembers(10);
    members.beat('a', 0);
    expect(members.leave('a')).toBe(true);
    expect(members.leave('a')).toBe(false);
    expect(members.ids).toEqual([]);
  });

  it('end when nothing was heard of them for the life time', () => {
    const members = new LiveMembers(10);
    members.beat('a', 0);
    members.beat('b', 5);
    expect(members.expire(9)).toBe(false);
    expect(members.expire(10)).toBe(true);
    expect(members.ids).toEqual(['b']);
  });

  it('get a whole life time again after nobody could be heard', () => {
    const members = new LiveMembers(10);
    members.beat('a', 0);
    members.excuse(100);
    expect(members.expire(109)).toBe(false);
    expect(members.expire(110)).toBe(true);
  });
});
