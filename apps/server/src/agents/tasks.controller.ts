import { Controller, HttpCode, Inject, Post, Query, UseFilters, UseGuards } from '@nestjs/common';
import { AgentDirectory, type Instance } from '@sallyport/fleet';
import type { RelayChannel } from '@sallyport/relay';
import { LiveSessions, type ChannelTask } from '@sallyport/session';
import { clampFlowLimit } from '@sallyport/wire';
import type { Logger } from '@sallyport/platform';
import { LOGGER } from '../core/tokens.js';
import { AgentErrorFilter } from './agent-error.filter.js';
import { AgentGuard, SignedBy } from './agent.guard.js';

/** One session of a task list (spec wire §1.9); the types of its members are part of the contract. */
interface SessionTask {
  readonly channelId: string;
  /** Empty: the user's shell. */
  readonly cmdContent: string;
  /** Empty: the agent's default user. */
  readonly username: string;
  readonly windowsPasswordName: string;
  /** Agents dial the host they know; what stands here ends up in their metrics, so it is empty. */
  readonly websocketUrl: string;
  /** Decimal text; a number would make a stock agent discard the whole answer. */
  readonly portNumber: string;
  readonly targetHost: string;
  /** Bits per second; values that crash stock agents (spec wire §7.1 T2) cannot occur here. */
  readonly flowLimit: number;
}

/** Both lists have this shape. */
interface TaskList {
  readonly code: 200;
  readonly instanceId: string;
  readonly run: readonly [];
  readonly stop: readonly [];
  readonly test: readonly [];
  readonly file: readonly [];
  readonly session: readonly SessionTask[];
}

const MAX_REASON_LENGTH = 256;

/** What agents fetch and report about their work. */
@Controller('/luban/api/v1')
@UseGuards(AgentGuard)
@UseFilters(AgentErrorFilter)
export class TasksController {
  constructor(
    private readonly directory: AgentDirectory,
    private readonly sessions: LiveSessions<RelayChannel>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Whoever fetches reads kicks: the start-up fetch is the sign that stock agents have begun to. */
  @Post('task/list')
  @HttpCode(200)
  async tasks(@SignedBy() { id }: Instance): Promise<TaskList> {
    await this.directory.ready(id);
    return listOf(id, []);
  }

  /** One session at most: a stock agent runs those of one answer one after the other (spec wire §7.1 T7). */
  @Post('session/list')
  @HttpCode(200)
  async session(@SignedBy() { id }: Instance, @Query('channelId') channelId: unknown): Promise<TaskList> {
    await this.directory.ready(id);
    const task = this.sessions.handOut(id, textOf(channelId));
    return listOf(id, task ? [sessionTask(task)] : []);
  }

  @Post('session/status')
  @HttpCode(200)
  report(@SignedBy() { id }: Instance, @Query() query: Record<string, unknown>): { code: number } {
    const [channelId, errorCode] = [textOf(query['channelId']), textOf(query['errorcode'])];
    const reason = textOf(query['reason']).slice(0, MAX_REASON_LENGTH) || undefined;
    this.logger.debug({ instanceId: id, channelId, errorCode }, 'channel reported');
    this.sessions.report(id, channelId, errorCode, reason ?? (errorCode === 'Ok' ? undefined : errorCode));
    return { code: 200 };
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const listOf = (instanceId: string, session: readonly SessionTask[]): TaskList => ({
  code: 200,
  instanceId,
  run: [],
  stop: [],
  test: [],
  file: [],
  session,
});

const sessionTask = ({ session, channelId, bitsPerSecond }: ChannelTask): SessionTask => ({
  channelId,
  cmdContent: session.commandLine ?? '',
  username: session.username ?? '',
  windowsPasswordName: '',
  websocketUrl: '',
  portNumber: session.portNumber === undefined ? '' : String(session.portNumber),
  targetHost: session.targetServer ?? '',
  flowLimit: clampFlowLimit(bitsPerSecond),
});
