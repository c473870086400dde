import { describe, expect, it } from 'vitest';
import { TitleNotices } from './title-notices.js';

const PUSH = '\u001b[22;2t';
const POP = '\u001b[23;2t';
const title = (text: string): string => `\u001b]2;${text}\u0007`;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function setUp() {
  const written: string[] = [];
  return { written, notices: new TitleNotices((text) => written.push(text)) };
}

describe('TitleNotices', () => {
  it('keeps the old title, shows notices, and gives the old title back', () => {
    const { notices, written } = setUp();
    notices.show('lost');
    notices.show('still lost');
    notices.clear();
    expect(written).toEqual([PUSH + title('lost'), title('still lost'), POP]);
  });

  it('never breaks a sequence of the shell in two', () => {
    const { notices, written } = setUp();
    notices.follow(bytes('red \u001b[3'));
    notices.show('lost');
    expect(written).toEqual([]);
    notices.follow(bytes('1m'));
    expect(written).toEqual([PUSH + title('lost')]);
  });

  it('shows nothing when the connection is back before it could', () => {
    const { notices, written } = setUp();
    notices.follow(bytes('\u001b['));
    notices.show('lost');
    notices.clear();
    notices.follow(bytes('0m'));
    expect(written).toEqual([]);
  });

  it('gives the title back at the end whatever the shell left open', () => {
    const { notices, written } = setUp();
    notices.show('lost');
    notices.follow(bytes('\u001b['));
    notices.end();
    notices.end();
    expect(written).toEqual([PUSH + title('lost'), POP]);
  });
});
