import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EscapeDetector } from './escape-detector.js';

function type(...chunks: string[]) {
  const detector = new EscapeDetector();
  const typed = chunks.map((chunk) => detector.feed(new TextEncoder().encode(chunk)));
  const forward = typed.map((part) => new TextDecoder().decode(part.forward)).join('');
  return { forward, requests: typed.flatMap((part) => part.request ?? []) };
}

describe('EscapeDetector', () => {
  it.each([
    ['at the very start', ['~.']],
    ['after Enter', ['ls\r', '~.']],
    ['after a line feed', ['ls\n~.']],
    ['split over two reads', ['ls\r~', '.']],
  ])('finds ~. %s', (_where, chunks) => {
    expect(type(...chunks).requests).toEqual(['end']);
  });

  it('drops what follows ~.', () => {
    expect(type('ls\r~.rm -rf /\r')).toEqual({ forward: 'ls\r', requests: ['end'] });
  });

  it.each(['a~.', 'cd ~.\r', 'ls\r ~.'])('takes %j as it is', (text) => {
    expect(type(text)).toEqual({ forward: text, requests: [] });
  });

  it('keeps a tilde back until the next key', () => {
    expect(type('~')).toEqual({ forward: '', requests: [] });
    expect(type('~', 'x')).toEqual({ forward: '~x', requests: [] });
  });

  it('sends one tilde for two', () => {
    expect(type('~~.')).toEqual({ forward: '~.', requests: [] });
  });

  it('asks for help and is still at the start of the line', () => {
    expect(type('~?', '~.')).toEqual({ forward: '', requests: ['help', 'end'] });
  });

  it('begins a new line when the held tilde is followed by Enter', () => {
    expect(type('~\r~.')).toEqual({ forward: '~\r', requests: ['end'] });
  });

  it('forwards everything that has no tilde', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (chunks) => {
        const detector = new EscapeDetector();
        const plain = chunks.map((chunk) => chunk.map((byte) => (byte === 0x7e ? 0x20 : byte)));
        const forwarded = plain.flatMap((chunk) => [...detector.feed(chunk).forward]);
        expect(forwarded).toEqual(plain.flatMap((chunk) => [...chunk]));
      }),
    );
  });
});
