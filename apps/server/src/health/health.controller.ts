import { Controller, Get, Header, HttpCode, Res, ServiceUnavailableException } from '@nestjs/common';
import { Metrics } from '@sallyport/platform';
import type { Response } from 'express';
import { Readiness } from './readiness.js';

/** For operators and load balancers. */
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  /** The process answers. */
  @Get('healthz')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** The node takes new work; 503 while it starts and from the moment it is told to stop. */
  @Get('readyz')
  @Header('cache-control', 'no-store')
  ready(): { status: 'ready' } {
    if (!this.readiness.isReady) throw new ServiceUnavailableException({ status: 'not ready' });
    return { status: 'ready' };
  }

  /** Prometheus' text format. */
  @Get('metrics')
  async figures(@Res() response: Response): Promise<void> {
    response.type(this.metrics.contentType).end(await this.metrics.expose());
  }
}
