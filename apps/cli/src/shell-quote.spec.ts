import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { quoteCommand } from './shell-quote.js';

const splitByShell = (commandLine: string): string[] =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${commandLine}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

describe('quoteCommand', () => {
  it('leaves plain words as they are', () => {
    expect(quoteCommand(['ls', '-la', '/var/log', 'a=b,c:d@e%+'])).toBe('ls -la /var/log a=b,c:d@e%+');
  });

  it('quotes what a shell would read differently', () => {
    expect(quoteCommand(['echo', "it's", '', '$HOME', 'a b', '~', '*'])).toBe(
      `echo 'it'\\''s' '' '$HOME' 'a b' '~' '*'`,
    );
  });

  it('is split by a real shell into the same words', () => {
    const word = fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        expect(splitByShell(quoteCommand(words))).toEqual(words);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps line breaks and other scripts', () => {
    const words = ['two\nlines', 'tab\there', 'naïve', '日本語', '\\', '"'];
    expect(splitByShell(quoteCommand(words))).toEqual(words);
  });
});
