import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { InMemoryAgentDirectory, InMemoryNonceMemory, InMemoryQuotaLedger } from '@sallyport/coordination';
import {
  ActivationStore,
  Activations,
  AgentAuthentication,
  AgentDirectory,
  Heartbeats,
  InstanceStore,
  RegisterAgent,
} from '@sallyport/fleet';
import {
  AccessKeys,
  AccountSettingsStore,
  Authoriser,
  IdempotencyStore,
  NonceMemory,
  RootAuthoriser,
  SecretBox,
  Tickets,
} from '@sallyport/iam';
import { clientAddressFinder, Metrics, type LiveFigures } from '@sallyport/platform';
import { RelayChannel, SessionShaper } from '@sallyport/relay';
import {
  EndSession,
  LiveSessions,
  QuotaLedger,
  SessionJournal,
  SessionStore,
  StartSession,
  type DataPath,
} from '@sallyport/session';
import { AgentControlGateway } from '../sockets/agent-control.gateway.js';
import type { Foundation } from './foundation.js';
import { PublicAddress } from './public-address.js';
import { RemoveInstance } from './remove-instance.usecase.js';
import { SessionLog } from './session-log.js';
import { CLIENT_ADDRESS, CLOCK, LOGGER, SETTINGS } from './tokens.js';

/** Ports bound to adapters, and use cases put together: the one place where this happens. */
@Module({})
export class CoreModule {
  static on(foundation: Foundation): DynamicModule {
    const providers = [...values(foundation), ...useCases(foundation)];
    return { module: CoreModule, global: true, providers, exports: providers };
  }
}

function values({ settings, clock, logger, database, secretBox, ticketKey }: Foundation): Provider[] {
  return [
    { provide: SETTINGS, useValue: settings },
    { provide: CLOCK, useValue: clock },
    { provide: LOGGER, useValue: logger },
    { provide: CLIENT_ADDRESS, useValue: clientAddressFinder(settings.trustedProxies) },
    { provide: AccountSettingsStore, useValue: database.accountSettings },
    { provide: IdempotencyStore, useValue: database.idempotency },
    { provide: ActivationStore, useValue: database.activations },
    { provide: InstanceStore, useValue: database.instances },
    { provide: SessionStore, useValue: database.sessions },
    { provide: SecretBox, useValue: secretBox },
    { provide: AccessKeys, useValue: new AccessKeys(database.accounts, secretBox, () => clock.nowMs()) },
    { provide: Tickets, useValue: new Tickets(ticketKey, settings.region, clock) },
    { provide: NonceMemory, useValue: new InMemoryNonceMemory(clock) },
    { provide: AgentDirectory, useValue: new InMemoryAgentDirectory() },
    { provide: QuotaLedger, useValue: new InMemoryQuotaLedger(clock) },
    { provide: Authoriser, useValue: new RootAuthoriser() },
    {
      provide: Metrics,
      useFactory: (nest: ModuleRef) => new Metrics(settings.region, () => liveFigures(nest)),
      inject: [ModuleRef],
    },
    PublicAddress,
  ];
}

/** Looked up at each scrape: sessions count into the metrics, so neither can be made before the other. */
function liveFigures(nest: ModuleRef): LiveFigures {
  const live = nest.get<LiveSessions<RelayChannel>>(LiveSessions, { strict: false });
  const agents = nest.get(AgentControlGateway, { strict: false });
  return { sessions: live.size, channels: live.channelCount, agents: agents.size };
}

function useCases(foundation: Foundation): Provider[] {
  const { settings, clock, logger, database, nodeId } = foundation;
  const { region } = settings;
  const { instances, activations, sessions } = database;
  const report = (message: string) => (error: unknown, sessionId?: string) =>
    logger.error({ err: error, sessionId }, message);
  return [
    { provide: Activations, useValue: new Activations(activations, region, clock) },
    { provide: RegisterAgent, useValue: new RegisterAgent(activations, region, clock) },
    {
      provide: AgentAuthentication,
      useFactory: (nonces: NonceMemory) => new AgentAuthentication(instances, nonces, clock),
      inject: [NonceMemory],
    },
    {
      provide: Heartbeats,
      useFactory: (directory: AgentDirectory) =>
        new Heartbeats(directory, instances, clock, report('heart-beats not written')),
      inject: [AgentDirectory],
    },
    {
      provide: SessionJournal,
      useValue: new SessionJournal(sessions, clock, report('session record not written')),
    },
    {
      provide: LiveSessions,
      useFactory: (
        directory: AgentDirectory,
        ledger: QuotaLedger,
        journal: SessionJournal,
        metrics: Metrics,
      ) =>
        new LiveSessions({
          dataPath: relayDataPath(foundation),
          directory,
          ledger,
          sessions,
          journal,
          clock,
          nodeId,
          limits: settings.limits,
          times: settings.session,
          observer: new SessionLog(logger, metrics),
        }),
      inject: [AgentDirectory, QuotaLedger, SessionJournal, Metrics],
    },
    {
      provide: StartSession,
      useFactory: (
        directory: AgentDirectory,
        ledger: QuotaLedger,
        tickets: Tickets,
        host: LiveSessions<RelayChannel>,
      ) =>
        new StartSession({
          instances,
          directory,
          settings: database.accountSettings,
          ledger,
          sessions,
          tickets,
          host,
          clock,
          region,
          nodeId,
          limits: settings.limits,
          times: settings.session,
        }),
      inject: [AgentDirectory, QuotaLedger, Tickets, LiveSessions],
    },
    {
      provide: EndSession,
      useFactory: (live: LiveSessions<RelayChannel>) => new EndSession(sessions, live, clock),
      inject: [LiveSessions],
    },
    {
      provide: RemoveInstance,
      useFactory: (
        authentication: AgentAuthentication,
        directory: AgentDirectory,
        live: LiveSessions<RelayChannel>,
      ) => new RemoveInstance(instances, authentication, directory, live, region, () => clock.nowMs()),
      inject: [AgentAuthentication, AgentDirectory, LiveSessions],
    },
  ];
}

/** Sessions' data paths are channels of the relay that share a shaper. */
function relayDataPath({ clock }: Foundation): DataPath<RelayChannel> {
  return {
    openSession: (bitsPerSecond) => {
      const shaper = new SessionShaper({ bitsPerSecond, clock });
      return {
        openChannel: (channelId, kind, events) =>
          new RelayChannel({ channelId, kind, shaper, clock, events }),
      };
    },
  };
}
