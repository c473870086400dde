import { describe, expect, it } from 'vitest';
import { decodeForm, encode, encodeQuery } from './percent-encoding.js';

describe('encode', () => {
  it('leaves letters, digits and -_.~ alone', () => {
    expect(encode('AZaz09-_.~')).toBe('AZaz09-_.~');
  });

  it.each([
    [' ', '%20'],
    ['*', '%2A'],
    ['+', '%2B'],
    ['/', '%2F'],
    ['=', '%3D'],
    ['&', '%26'],
    ['!', '%21'],
    ["'", '%27'],
    ['(', '%28'],
    [')', '%29'],
    ['中', '%E4%B8%AD'],
  ])('escapes "%s" as %s', (text, escaped) => {
    expect(encode(text)).toBe(escaped);
  });
});

describe('encodeQuery', () => {
  it('sorts names by byte, so that 10 comes before 2 and capitals before small letters', () => {
    const params = new Map([
      ['statusKey', ''],
      ['Id.2', 'b'],
      ['Version', '1'],
      ['Id.10', 'c d'],
    ]);
    expect(encodeQuery(params)).toBe('Id.10=c%20d&Id.2=b&Version=1&statusKey=');
    expect(encodeQuery(params, 'Version')).toBe('Id.10=c%20d&Id.2=b&statusKey=');
  });

  it('is what decodeForm reads back', () => {
    const params = new Map([['a b&=', '+%中']]);
    const read = new Map<string, string>();
    decodeForm(encodeQuery(params), read);
    expect(read).toEqual(params);
  });
});
