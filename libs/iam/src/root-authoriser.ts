import { AppError } from '@sallyport/kernel';
import { Authoriser, type AccessRequest } from './authoriser.port.js';
import type { Principal } from './principal.js';

/** Account part of `acs:<service>:<region>:<account>:<relative id>`. */
const accountOf = (arn: string): string | undefined => arn.split(':')[3];

/** The rule of RAM §6 step 1, and nothing after it: the root of an account may do everything within its account. */
export class RootAuthoriser extends Authoriser {
  override authorise(principal: Principal, request: AccessRequest): Promise<void> {
    const foreign = request.resources.find((arn) => arn !== '*' && accountOf(arn) !== principal.accountId);
    if (foreign === undefined) return Promise.resolve();
    return Promise.reject(
      new AppError('POLICY_DENIED', `The caller may not ${request.action} on ${foreign}.`, {
        details: { action: request.action, resource: foreign },
      }),
    );
  }
}
