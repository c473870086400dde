import { AppError, type ErrorCode } from '@sallyport/kernel';
import { describe, expect, it } from 'vitest';
import { faultOf } from './fault-of.js';
import { FAULTS } from './faults.js';
import { rpcError, RpcError } from './rpc-error.js';

const answerOf = (code: ErrorCode, version?: string): string => {
  const fault = faultOf(new AppError(code, 'said'), version);
  return `${fault.status} ${fault.code}`;
};

describe('faultOf', () => {
  it.each([
    ['INSTANCE_NOT_FOUND', '404 InvalidInstance.NotFound'],
    ['INSTANCE_OFFLINE', '403 Operation.Forbidden'],
    ['AGENT_TOO_OLD', '403 Operation.Forbidden'],
    ['FORWARDING_NOT_SUPPORTED', '403 PortForwarding.NotSupported'],
    ['SESSION_MANAGER_DISABLED', '403 UserBehavior.SessionManagerDisabled'],
    ['SESSION_NOT_FOUND', '404 InvalidSessionId.NotFound'],
    ['ACTIVATION_NOT_FOUND', '404 ActivationId.NotFound'],
    ['ACTIVATION_IN_USE', '403 ActivationId.InUse'],
    ['QUOTA_EXCEEDED', '403 SessionCount.ExceedLimit'],
    ['RATE_LIMITED', '400 Throttling.User'],
    ['IDEMPOTENT_PARAMETER_MISMATCH', '403 IdempotentParameterMismatch'],
    ['NEXT_TOKEN_INVALID', '400 InvalidParameter.NextToken'],
    ['DRAINING', '503 ServiceUnavailable'],
    ['DEPENDENCY_UNAVAILABLE', '503 ServiceUnavailable'],
    ['INTERNAL', '500 InternalError'],
  ] as const)('answers %s with %s', (code, answer) => {
    expect(answerOf(code)).toBe(answer);
  });

  it('denies by Forbidden.RAM in ECS and by NoPermission elsewhere, telling the action', () => {
    expect(answerOf('POLICY_DENIED', '2014-05-26')).toBe('403 Forbidden.RAM');
    expect(answerOf('POLICY_DENIED', '2015-05-01')).toBe('403 NoPermission');
    const denied = new AppError('POLICY_DENIED', 'no', { details: { action: 'ecs:X', resource: '*' } });
    expect(faultOf(denied).extras).toEqual({
      AccessDeniedDetail: { AuthAction: 'ecs:X', NoPermissionType: 'ImplicitDeny' },
    });
  });

  it('tells which limit is reached, its value and what is used', () => {
    const details = { limit: 'sessionsPerInstance', value: 20, used: 20 };
    const { message } = faultOf(new AppError('QUOTA_EXCEEDED', 'full', { details }));
    expect(message).toBe('The limit sessionsPerInstance is reached: its value is 20, 20 in use.');
  });

  it('names the parameter of an invalid argument when it is known', () => {
    const details = { parameter: 'Username' };
    expect(faultOf(new AppError('INVALID_ARGUMENT', 'no', { details })).code).toBe(
      'InvalidParameter.Username',
    );
    expect(faultOf(new AppError('INVALID_ARGUMENT', 'no')).code).toBe('InvalidParameter');
  });

  it('says when to come back, in whole seconds, only where waiting helps', () => {
    const after = (retryAfterMs: number) =>
      faultOf(new AppError('RATE_LIMITED', 'slow down', { details: { retryAfterMs } })).retryAfterS;
    expect([after(1), after(1_000), after(1_001)]).toEqual([1, 1, 2]);
    expect(faultOf(new AppError('DRAINING', '')).retryAfterS).toBe(5);
    expect(faultOf(rpcError('ServiceUnavailable')).retryAfterS).toBe(5);
    expect(faultOf(new AppError('QUOTA_EXCEEDED', '')).retryAfterS).toBeUndefined();
    expect(faultOf(rpcError('MissingParameter')).retryAfterS).toBeUndefined();
  });

  it.each([new Error('secret'), 'secret', undefined, new AppError('INTERNAL', 'secret')])(
    'shows nothing of an unexpected error (%s)',
    (error) => {
      const fault = faultOf(error);
      expect(fault).toMatchObject({ code: 'InternalError', status: 500, logLevel: 'error' });
      expect(JSON.stringify(fault)).not.toContain('secret');
    },
  );

  it('shows no text about dependencies or tickets', () => {
    for (const code of ['DEPENDENCY_UNAVAILABLE', 'TICKET_INVALID'] as const)
      expect(faultOf(new AppError(code, 'secret')).message).not.toContain('secret');
  });

  it('keeps an RpcError as it is', () => {
    const error = new RpcError('X.Y', 418, 'text', { Recommend: 'tea' });
    expect(faultOf(error)).toMatchObject({
      code: 'X.Y',
      status: 418,
      message: 'text',
      extras: { Recommend: 'tea' },
    });
  });
});

describe('FAULTS', () => {
  it('uses only close codes that a server may send', () => {
    for (const { wsClose } of Object.values(FAULTS))
      expect((wsClose >= 1002 && wsClose <= 1013) || (wsClose >= 4400 && wsClose <= 4499)).toBe(true);
  });
});
