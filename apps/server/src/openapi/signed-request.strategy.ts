import { Inject, Injectable } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { AccessKeys, NonceMemory, type Principal, type UsableKey } from '@sallyport/iam';
import type { AccessKeyId, Clock } from '@sallyport/kernel';
import {
  checkSecurityToken,
  checkTimestamp,
  CLOCK_WINDOW_MS,
  readCredentials,
  rpcError,
  verifySignature,
  type RpcRequest,
} from '@sallyport/openapi';
import { Strategy } from 'passport';
import { CLOCK } from '../core/tokens.js';
import type { RpcHttpRequest } from './rpc-call.js';

/** Name under which passport knows the strategy. */
const SIGNED_REQUEST = 'signed-request';

type Done = (error: unknown, principal?: Principal | null) => void;

/** The shape that `PassportStrategy` extends: it hands in a callback which ends in `validate` of the subclass. */
class RequestStrategy extends Strategy {
  constructor(private readonly verify: (request: RpcHttpRequest, done: Done) => void) {
    super();
  }

  override authenticate(request: RpcHttpRequest): void {
    this.verify(request, (error, principal) => {
      if (principal) this.success(principal);
      else this.error(error);
    });
  }
}

/** passport strategy for API requests signed with an access key, V1 and V3 alike (openapi §5, §6, §12). */
@Injectable()
export class SignedRequestStrategy extends PassportStrategy(RequestStrategy, SIGNED_REQUEST) {
  constructor(
    private readonly keys: AccessKeys,
    private readonly nonces: NonceMemory,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  /** @throws RpcError of the first check that fails */
  async validate({ rpc }: RpcHttpRequest): Promise<Principal> {
    if (!rpc?.request) throw rpcError('InternalError');
    return this.#verify(rpc.request);
  }

  /** In this order, so that a refusal tells strangers as little as possible. */
  async #verify(request: RpcRequest): Promise<Principal> {
    const credentials = readCredentials(request);
    if (credentials.kind === 'bearer') throw rpcError('InvalidSecurityToken.Malformed');
    const key = await this.#findKey(credentials.accessKeyId);
    checkTimestamp(credentials, this.clock.nowMs());
    verifySignature(request, credentials, key.secret);
    // A nonce is noted only now: strangers must not be able to use up other people's.
    if (!(await this.nonces.claim(`key:${credentials.accessKeyId}`, credentials.nonce, 2 * CLOCK_WINDOW_MS)))
      throw rpcError('SignatureNonceUsed');
    checkSecurityToken(credentials);
    return key.principal;
  }

  async #findKey(id: string): Promise<UsableKey> {
    const key = await this.keys.find(id as AccessKeyId);
    if (!key) throw rpcError('InvalidAccessKeyId.NotFound');
    if (key.status === 'Inactive') throw rpcError('InvalidAccessKeyId.Inactive');
    return key;
  }
}

/** Lets only authenticated calls pass; what the strategy throws goes to the filter as it is. */
@Injectable()
export class SignedRequestGuard extends AuthGuard(SIGNED_REQUEST) {
  override handleRequest<T>(error: Error | null, principal: T | false | null | undefined): T {
    if (error) throw error;
    if (!principal) throw rpcError('InvalidAccessKeyId.NotFound');
    return principal;
  }
}
