import type { ChannelId } from '@sallyport/kernel';
import type { Logger, Metrics } from '@sallyport/platform';
import type { EndReason, SessionObserver, SessionRecord, SessionTotals } from '@sallyport/session';

/** One line for each thing that happens to a session, and a closing line with totals and reason. */
export class SessionLog implements SessionObserver {
  constructor(
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  attached(session: SessionRecord, channelId: ChannelId): void {
    this.logger.info({ ...idsOf(session), channelId }, 'session attached');
  }

  ended(session: SessionRecord, reason: EndReason, totals: SessionTotals): void {
    this.metrics.relayed('to_client', totals.bytesToClient);
    this.metrics.relayed('to_agent', totals.bytesToAgent);
    this.logger.info({ ...idsOf(session), reason, ...totals }, 'session ended');
  }

  failed(error: unknown, session: SessionRecord): void {
    this.logger.error({ ...idsOf(session), err: error }, 'session failed');
  }
}

const idsOf = ({ id, accountId, instanceId, region }: SessionRecord): object => ({
  sessionId: id,
  accountId,
  instanceId,
  region,
});
