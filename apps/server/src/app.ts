import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { Heartbeats } from '@sallyport/fleet';
import { systemClock, type Clock } from '@sallyport/kernel';
import type { Database } from '@sallyport/persistence';
import {
  createLogger,
  loadServerTls,
  publicBaseUrl,
  type BoundPorts,
  type Logger,
  type Settings,
} from '@sallyport/platform';
import type { RelayChannel } from '@sallyport/relay';
import { LiveSessions } from '@sallyport/session';
import { Logger as NestLogger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { layFoundation, writeRootCredentials, type Foundation } from './core/foundation.js';
import { PublicAddress } from './core/public-address.js';
import { Readiness } from './health/readiness.js';
import { openListeners, type Listeners } from './listeners.js';
import { RpcErrorFilter } from './openapi/rpc-error.filter.js';
import { UnreadBodyFilter } from './openapi/unread-body.filter.js';
import { AgentControlGateway } from './sockets/agent-control.gateway.js';
import { RawFramesAdapter } from './sockets/raw-frames.adapter.js';
import { UpgradeRouter } from './sockets/upgrade-router.js';

/** Largest request body (openapi: forms of RPC calls; agents' reports). */
const MAX_BODY_BYTES = 1_048_576;
/** Close code for "the node stops, dial again". */
const RESTARTING = 1012;
/** How long a stopping node waits for last bytes and records. */
const STOP_TIMEOUT_MS = 20_000;

/** Nest would listen by itself, once; this node has listeners of its own, which it also closes itself. */
class UnboundAdapter extends ExpressAdapter {
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A node that runs. */
export interface RunningServer {
  /** `http://host:port`; undefined when that listener is off. */
  readonly httpUrl: string | undefined;
  readonly httpsUrl: string | undefined;
  /** Base of the URLs given to clients. */
  readonly publicUrl: string;
  readonly database: Database;
  /** Stops in order: nothing new, sessions told, records written, database closed. Idempotent. */
  stop(): Promise<void>;
}

/** What a caller other than `main` may decide. */
export interface ServerOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/**
 * Starts a node and resolves when it is ready.
 * @throws SettingsError, AppError
 */
export async function startServer(settings: Settings, options: ServerOptions = {}): Promise<RunningServer> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? (await createLogger(settings.logLevel));
  const foundation = await layFoundation(settings, clock, logger);
  try {
    return await startOn(foundation);
  } catch (error) {
    await foundation.database.close();
    throw error;
  }
}

async function startOn(foundation: Foundation): Promise<RunningServer> {
  const { settings, clock, logger, database } = foundation;
  const app = await createApp(foundation);
  await app.get(LiveSessions<RelayChannel>).recover(settings.region);
  const tls = settings.listen.httpsPort === 'off' ? undefined : await loadServerTls(settings, clock.nowMs());
  const listeners = await openListeners(settings, tls, app.getHttpAdapter().getInstance(), (server) => {
    app.get(UpgradeRouter).listenTo(server);
  });
  const publicUrl = publicBaseUrl(settings, listeners.ports);
  app.get(PublicAddress).announce(publicUrl);
  await writeRootCredentials(foundation, publicUrl);
  app.get(Readiness).isReady = true;
  const urls = urlsOf(settings, listeners.ports);
  logger.info({ ...urls, publicUrl, dataDir: settings.dataDir, region: settings.region }, 'server ready');
  let stopping: Promise<void> | undefined;
  return { ...urls, publicUrl, database, stop: () => (stopping ??= stop(app, listeners, foundation)) };
}

async function createApp(foundation: Foundation): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.on(foundation),
    new UnboundAdapter(),
    {
      bodyParser: false,
      bufferLogs: true,
    },
  );
  app.useLogger(app.get(NestLogger));
  // Signatures cover the body as it was sent, so nothing parses it on the way.
  app.useBodyParser('raw', { type: () => true, limit: MAX_BODY_BYTES });
  app.useGlobalFilters(new UnreadBodyFilter(app.get(RpcErrorFilter), app.getHttpAdapter()));
  app.disable('x-powered-by');
  app.set('etag', false);
  // Otherwise Express shows stacks to whoever provokes an error.
  app.set('env', 'production');
  app.useWebSocketAdapter(new RawFramesAdapter(app.get(UpgradeRouter)));
  return app.init();
}

function urlsOf(
  { listen }: Settings,
  { http, https }: BoundPorts,
): Pick<RunningServer, 'httpUrl' | 'httpsUrl'> {
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    httpUrl: http === undefined ? undefined : `http://${host}:${http}`,
    httpsUrl: https === undefined ? undefined : `https://${host}:${https}`,
  };
}

async function stop(
  app: NestExpressApplication,
  listeners: Listeners,
  { database, logger }: Foundation,
): Promise<void> {
  logger.info('server stopping');
  app.get(Readiness).isReady = false;
  app.get(UpgradeRouter).close();
  listeners.close();
  app.get(AgentControlGateway).closeAll(RESTARTING);
  await Promise.race([app.get(LiveSessions<RelayChannel>).endAll('NodeLost'), deadline(STOP_TIMEOUT_MS)]);
  await app.get(Heartbeats).flush();
  await app.close();
  await database.close();
  logger.info('server stopped');
}

const deadline = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
