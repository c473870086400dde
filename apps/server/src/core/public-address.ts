import { Injectable } from '@nestjs/common';
import { AppError } from '@sallyport/kernel';

/** Under which address clients reach this node; known once the listeners have their ports. */
@Injectable()
export class PublicAddress {
  #base: string | undefined;

  /** @param base `http://…` or `https://…`, without a trailing slash */
  announce(base: string): void {
    this.#base = base;
  }

  /** Base of session URLs, `ws://…` or `wss://…`. @throws AppError `DRAINING` before the listeners are open */
  get webSocketBase(): string {
    if (this.#base === undefined)
      throw new AppError('DRAINING', 'The node is starting.', { retryable: true });
    return this.#base.replace(/^http/, 'ws');
  }
}
