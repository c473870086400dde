import { Module, type DynamicModule } from '@nestjs/common';
import { CoreModule } from './core/core.module.js';
import type { Foundation } from './core/foundation.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { ApiModule } from './roles/api.module.js';
import { RelayModule } from './roles/relay.module.js';
import { LoggerModule } from 'nestjs-pino';

/** The whole node: shared providers below, one module for each role above. */
@Module({})
export class AppModule {
  static on(foundation: Foundation): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot({ pinoHttp: { logger: frameworkLogger(foundation), autoLogging: false } }),
        CoreModule.on(foundation),
        ApiModule,
        RelayModule,
      ],
      controllers: [HealthController],
      providers: [Readiness],
    };
  }
}

/** Nest tells each route that it maps; what goes wrong is enough. */
const frameworkLogger = ({ logger }: Foundation): Foundation['logger'] =>
  logger.isLevelEnabled('debug') ? logger : logger.child({}, { level: 'warn' });
