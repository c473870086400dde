import { FakeClock } from '@sallyport/testing';
import { describe, expect, it } from 'vitest';
import { EndOfInput, type LastLine } from './end-of-input.js';

const EOT = '\u0004';

function setUp(lastLine: LastLine = 'complete') {
  const clock = new FakeClock();
  const sent: string[] = [];
  const send = (keys: Uint8Array): void => void sent.push(new TextDecoder().decode(keys));
  const endOfInput = new EndOfInput({ clock, lastLine, send });
  return { clock, sent, endOfInput, say: (text: string) => endOfInput.sent(new TextEncoder().encode(text)) };
}

describe('EndOfInput', () => {
  it('presses ^D once after whole lines, and after nothing at all', () => {
    const { endOfInput, sent, say } = setUp();
    say('ls\n');
    endOfInput.end();
    expect(sent).toEqual([EOT]);
    const empty = setUp();
    empty.endOfInput.end();
    expect(empty.sent).toEqual([EOT]);
  });

  it.each([
    ['complete', `\n${EOT}`],
    ['hand-over', `${EOT}${EOT}`],
  ] as const)('ends an open line: %s', (lastLine, keys) => {
    const { endOfInput, sent, say } = setUp(lastLine);
    say('ls');
    endOfInput.end();
    expect(sent).toEqual([keys]);
  });

  it('presses ^D again when the program has spoken and fallen silent', () => {
    const { clock, endOfInput, sent } = setUp();
    endOfInput.end();
    clock.advance(60_000);
    expect(sent).toHaveLength(1);
    endOfInput.heard();
    clock.advance(149);
    endOfInput.heard();
    clock.advance(149);
    expect(sent).toHaveLength(1);
    clock.advance(1);
    expect(sent).toEqual([EOT, EOT]);
  });

  it('waits longer each time, up to 5 s', () => {
    const { clock, endOfInput, sent } = setUp();
    endOfInput.end();
    for (const quietMs of [150, 300, 600, 1_200, 2_400, 4_800, 5_000, 5_000]) {
      const { length } = sent;
      endOfInput.heard();
      clock.advance(quietMs - 1);
      expect(sent).toHaveLength(length);
      clock.advance(1);
      expect(sent).toHaveLength(length + 1);
    }
  });

  it('says nothing before the input has ended or after it was stopped', () => {
    const { clock, endOfInput, sent } = setUp();
    endOfInput.heard();
    clock.advance(10_000);
    expect(sent).toEqual([]);
    endOfInput.end();
    endOfInput.heard();
    endOfInput.stop();
    endOfInput.heard();
    clock.advance(10_000);
    expect(sent).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
