import { describe, expect, it } from 'vitest';
import { finalEnd } from './session-end.js';

const closing = (code: number, reason = '') => finalEnd({ code, reason });
const refusal = (httpStatus: number) => finalEnd({ code: 1006, reason: '', httpStatus });

describe('finalEnd', () => {
  it.each([400, 401, 403, 404, 409, 410, 426])('is a refusal for HTTP %i', (httpStatus) => {
    expect(refusal(httpStatus)).toEqual({ kind: 'refused', httpStatus });
  });

  it.each([408, 425, 429, 500, 502, 503, 504])('is not reached by HTTP %i', (httpStatus) => {
    expect(refusal(httpStatus)).toBeUndefined();
  });

  it.each([1001, 1005, 1006, 1011, 1012, 1013, 1014])('is not reached by close code %i', (code) => {
    expect(closing(code)).toBeUndefined();
  });

  it.each([1002, 1003, 1007, 1008, 1009, 4401, 4404])('is a protocol error for close code %i', (code) => {
    expect(closing(code)).toEqual({ kind: 'protocol', reason: `close code ${code}` });
    expect(closing(code, 'why')).toEqual({ kind: 'protocol', reason: 'why' });
  });

  it('is an ordinary end for close code 1000', () => {
    expect(closing(1000, 'Exit')).toEqual({ kind: 'closed', reason: 'Exit' });
  });
});
