import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import fixture from '../../../test/fixtures/wire/kicks.json' with { type: 'json' };
import {
  formatKick,
  formatKickReply,
  type Kick,
  type KickVerdict,
  parseKick,
  parseKickReply,
} from './index.js';

const kicks = fixture.kicks as { text: string; kick: Kick }[];

describe('a kick', () => {
  it.each(kicks)('"$text" is written and read', ({ text, kick }) => {
    expect(formatKick(kick)).toBe(text);
    expect(parseKick(text)).toEqual(kick);
  });

  it.each(fixture.malformed)('"%s" is none', (text) => expect(parseKick(text)).toBeUndefined());

  it.each(['', ' ', 'a b', 'a\n', 'é', '\x7f'])('cannot be written with the id %j', (id) => {
    expect(() => formatKick({ kind: 'session', action: 'start', channelId: id })).toThrow(RangeError);
    expect(() => formatKick({ kind: 'task', action: 'run', taskId: id })).toThrow(RangeError);
    expect(() => formatKick({ kind: 'file', action: 'create', taskId: id })).toThrow(RangeError);
  });

  it('carries channel ids of up to 32 bytes and task ids of up to 128', () => {
    const session = (bytes: number) =>
      formatKick({ kind: 'session', action: 'start', channelId: 'x'.repeat(bytes) });
    const task = (bytes: number) => formatKick({ kind: 'task', action: 'run', taskId: 'x'.repeat(bytes) });
    expect(parseKick(session(32))).toMatchObject({ kind: 'session' });
    expect(() => session(33)).toThrow(RangeError);
    expect(parseKick(task(128))).toMatchObject({ kind: 'task' });
    expect(() => task(129)).toThrow(RangeError);
  });

  it('of any text is one that is written the same way, or none', () => {
    const word = fc.constantFrom(
      'kick_vm',
      'session',
      'task',
      'agent',
      'noop',
      'start',
      'stop',
      'run',
      's-1',
      '',
      ' ',
    );
    const text = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.array(word, { maxLength: 6 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        const kick = parseKick(candidate);
        if (kick) expect(formatKick(kick)).toBe(candidate);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an answer to a kick', () => {
  it.each(fixture.replies)('"$text" is written and read', ({ text, verdict, kick }) => {
    expect(formatKickReply(verdict as KickVerdict, kick)).toBe(text);
    expect(parseKickReply(text)).toEqual({ verdict, kick });
  });

  it.each(['', 'accept', 'accepted:kick_vm', 'unknown:kick_vm', 'kick_vm'])('"%s" is none', (text) =>
    expect(parseKickReply(text)).toBeUndefined(),
  );
});
