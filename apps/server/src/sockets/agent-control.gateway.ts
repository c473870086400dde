import type { IncomingMessage } from 'node:http';
import { Inject } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayDisconnect,
  type OnGatewayInit,
} from '@nestjs/websockets';
import {
  AgentAuthentication,
  AgentDirectory,
  type AgentKick,
  type Arrival,
  type Instance,
} from '@sallyport/fleet';
import { formatKick, OWN_PROTOCOL_HEADER, OWN_PROTOCOL_VERSION, parseKickReply } from '@sallyport/wire';
import type { Logger } from '@sallyport/platform';
import type { WebSocket } from 'ws';
import { LOGGER } from '../core/tokens.js';
import { agentCredentials } from '../agents/agent-credentials.js';
import { FRAME, type GatewayServer, type SocketPass } from './raw-frames.adapter.js';

/** Close code that tells an agent that another one has taken its place (protocol, "Close codes"). */
const REPLACED = 4409;
/** Close code that tells an agent that its instance is not registered any more. */
const REMOVED = 4404;
/** How often an idle control socket is probed; it is taken for dead when it stayed silent from one probe to the next. */
const PROBE_MS = 20_000;

interface ControlSocket {
  readonly instance: Instance;
  arrival: Promise<Arrival>;
  isAlive: boolean;
}

/** Control sockets of agents: kicks go out, a line of reply for each comes back (protocol, "Kicks"). */
@WebSocketGateway({ path: '/luban/notify_server' })
export class AgentControlGateway implements OnGatewayInit<GatewayServer>, OnGatewayDisconnect<WebSocket> {
  readonly #sockets = new Map<WebSocket, ControlSocket>();

  constructor(
    private readonly authentication: AgentAuthentication,
    private readonly directory: AgentDirectory,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Number of open control sockets. */
  get size(): number {
    return this.#sockets.size;
  }

  afterInit(server: GatewayServer): void {
    server.authenticate = (request) => this.#authenticate(request);
    setInterval(() => this.#probe(), PROBE_MS).unref();
  }

  handleDisconnect(socket: WebSocket): void {
    const control = this.#sockets.get(socket);
    if (!control) return;
    this.#sockets.delete(socket);
    void control.arrival.then((arrival) => arrival.leave());
    this.logger.info({ instanceId: control.instance.id }, 'agent disconnected');
  }

  @SubscribeMessage(FRAME)
  onFrame(@ConnectedSocket() socket: WebSocket, @MessageBody() data: Buffer): void {
    const control = this.#sockets.get(socket);
    if (!control) return;
    const reply = parseKickReply(data.toString('utf8'));
    if (reply && reply.verdict !== 'accept')
      this.logger.warn({ instanceId: control.instance.id, verdict: reply.verdict }, 'agent refused a kick');
  }

  /** Sends every agent away; they dial again by their own rules. */
  closeAll(closeCode: number): void {
    for (const socket of this.#sockets.keys()) socket.close(closeCode);
  }

  async #authenticate(request: IncomingMessage): Promise<SocketPass> {
    const instance = await this.authentication.authenticate(agentCredentials(request.headers));
    const isOwnAgent = request.headers[OWN_PROTOCOL_HEADER] === OWN_PROTOCOL_VERSION;
    return {
      ...(isOwnAgent && { headers: { [OWN_PROTOCOL_HEADER]: OWN_PROTOCOL_VERSION } }),
      opened: (socket) => this.#opened(socket, instance, isOwnAgent),
    };
  }

  #opened(socket: WebSocket, instance: Instance, isOwnAgent: boolean): void {
    const arrival = this.directory.arrive(instance.id, {
      isOwnAgent,
      send: (kick: AgentKick) => socket.send(formatKick(kick)),
      replaced: () => socket.close(REPLACED, 'replaced by a newer agent'),
      removed: () => socket.close(REMOVED, 'the instance has been removed'),
    });
    const control: ControlSocket = { instance, arrival, isAlive: true };
    this.#sockets.set(socket, control);
    const heard = (): void => void (control.isAlive = true);
    socket.on('ping', heard).on('pong', heard).on('message', heard);
    socket.on('error', () => socket.terminate());
    this.logger.info(
      { instanceId: instance.id, accountId: instance.accountId, isOwnAgent },
      'agent connected',
    );
  }

  #probe(): void {
    for (const [socket, control] of this.#sockets) {
      if (!control.isAlive) socket.terminate();
      control.isAlive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
    }
  }
}
