import { describe, expect, it } from 'vitest';
import { ActionIndex } from './action-index.js';
import { endTerminalSession, getCallerIdentity } from './actions/index.js';
import { RpcError } from './rpc-error.js';

const index = new ActionIndex([{ action: endTerminalSession }, { action: getCallerIdentity }]);

function outcome(action: string | undefined, version: string | undefined): string {
  try {
    return index.find({ action, version }).action.name;
  } catch (error) {
    if (error instanceof RpcError) return `${error.status} ${error.code}`;
    throw error;
  }
}

describe('ActionIndex', () => {
  it('finds a row by version and name together', () => {
    expect(outcome('GetCallerIdentity', '2015-04-01')).toBe('GetCallerIdentity');
    expect(outcome('GetCallerIdentity', '2014-05-26')).toBe('404 InvalidAction.NotFound');
  });

  it.each([
    [undefined, '2014-05-26', '400 MissingParameter'],
    ['', '2014-05-26', '400 MissingParameter'],
    ['EndTerminalSession', undefined, '400 MissingParameter'],
    ['EndTerminalSession', '2014-05-27', '400 InvalidVersion'],
    ['endTerminalSession', '2014-05-26', '404 InvalidAction.NotFound'],
    ['constructor', '2014-05-26', '404 InvalidAction.NotFound'],
  ])('answers %s of %s with %s', (action, version, answer) => {
    expect(outcome(action, version)).toBe(answer);
  });
});
