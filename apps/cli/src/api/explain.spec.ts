import { RpcCallError } from '@sallyport/client';
import { describe, expect, it } from 'vitest';
import { CliError } from '../cli-error.js';
import { explain } from './explain.js';

const ENDPOINT = new URL('https://door.example:8443/');
const nodeError = (code: string, name = 'Error'): Error =>
  Object.assign(new Error('raw text'), { code, name });

describe('explain', () => {
  it('tells what, why and what to do of a refusal', () => {
    const refusal = new RpcCallError(
      'InvalidInstance.NotFound',
      404,
      'The specified instance does not exist.',
      'R-1',
    );
    expect(explain(refusal, ENDPOINT)).toMatchObject({
      message: 'The specified instance does not exist (InvalidInstance.NotFound, request R-1)',
      hint: '`sallyport instances` lists those there are.',
    });
  });

  it('gives no hint where it has none', () => {
    const refusal = new RpcCallError('Something.New', 400, 'No', undefined);
    expect(explain(refusal, ENDPOINT)).toMatchObject({ message: 'No (Something.New)', hint: undefined });
  });

  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['ENOTFOUND', 'its name is not known'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate is not trusted'],
    ['EWHATEVER', 'raw text'],
  ])('tells of %s where the server was looked for', (code, why) => {
    expect(explain(nodeError(code), ENDPOINT)).toMatchObject({
      message: `the server at https://door.example:8443 cannot be used: ${why}`,
    });
  });

  it('takes a time limit for no answer', () => {
    expect(explain(nodeError('ABORT_ERR', 'AbortError'), ENDPOINT)).toMatchObject({
      message: expect.stringContaining('it does not answer') as string,
    });
  });

  it('names --ca where a certificate is not trusted', () => {
    expect((explain(nodeError('DEPTH_ZERO_SELF_SIGNED_CERT'), ENDPOINT) as CliError).hint).toContain(
      '--ca FILE',
    );
  });

  it('leaves other errors as they are', () => {
    const own = new CliError('mine');
    const bug = new TypeError('x is undefined');
    expect(explain(own, ENDPOINT)).toBe(own);
    expect(explain(bug, ENDPOINT)).toBe(bug);
  });
});
