import { describe, expect, it } from 'vitest';
import { OutputBoundary } from './output-boundary.js';

/** For each byte of the text, whether the boundary is clean after it. */
function cleanAfterEach(text: string): boolean[] {
  const boundary = new OutputBoundary();
  return [...new TextEncoder().encode(text)].map((byte) => {
    boundary.feed(Uint8Array.of(byte));
    return boundary.isClean;
  });
}

describe('OutputBoundary', () => {
  it('is clean before the first byte', () => {
    expect(new OutputBoundary().isClean).toBe(true);
  });

  it.each([
    ['plain text', 'ab\r\n'],
    ['a lone continuation byte', 'a'],
  ])('is clean all along %s', (_what, text) => {
    expect(cleanAfterEach(text).every((isClean) => isClean)).toBe(true);
  });

  it.each([
    ['a character of two bytes', 'é'],
    ['a character of three bytes', '日'],
    ['a character of four bytes', '😀'],
    ['a colour', '\u001b[1;31m'],
    ['a key pad mode', '\u001b='],
    ['a character set', '\u001b(B'],
    ['a title that ends with BEL', '\u001b]0;title\u0007'],
    ['a title that ends with ST', '\u001b]0;title\u001b\\'],
    ['a device string', '\u001bP+q544e\u001b\\'],
    ['a sequence cut off by another', '\u001b[1\u001b[0m'],
    ['an escape after an escape', '\u001b\u001b[0m'],
    ['a cancelled sequence', '\u001b[12\u0018'],
  ])('is clean only after the last byte of %s', (_what, text) => {
    const clean = cleanAfterEach(text);
    expect(clean.slice(0, -1).some((isClean) => isClean)).toBe(false);
    expect(clean.at(-1)).toBe(true);
  });

  it('does not wait for followers that never come', () => {
    const boundary = new OutputBoundary();
    boundary.feed(Uint8Array.of(0xe6, 0x41));
    expect(boundary.isClean).toBe(true);
    boundary.feed(Uint8Array.of(0xff, 0x80));
    expect(boundary.isClean).toBe(true);
  });
});
