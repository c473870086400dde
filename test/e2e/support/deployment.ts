import { randomBytes } from 'node:crypto';
import { rpc, startServer, type RpcAnswer, type RpcTarget, type ServerProcess } from '@sallyport/testing';
import { callRpc } from '@sallyport/testing';

/** High enough for a stock agent to send without a pause. */
export const FAST = { SALLYPORT_LIMIT_BANDWIDTH_KBIT: '1000000' };

type Params = Readonly<Record<string, string | number | boolean>>;

/** A session that was started and not attached. */
export interface StartedSession {
  readonly sessionId: string;
  readonly url: string;
  readonly token: string;
}

/** A server of its own with its root key, for one test file. */
export class Deployment {
  readonly api: RpcTarget;

  private constructor(readonly server: ServerProcess) {
    this.api = { endpoint: server.httpUrl, credentials: server.root };
  }

  /** @param settings  over the defaults of the server */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Deployment> {
    return new Deployment(await startServer({ settings }));
  }

  /** @throws Error when the server did not end in order */
  async stop(): Promise<void> {
    const { code, signal } = await this.server.stop();
    if (code !== 0) throw new Error(`the server ended with ${String(code ?? signal)}`);
  }

  /** An action's answer; @throws for another status than 200 */
  async rpc(action: string, params: Params = {}): Promise<Readonly<Record<string, unknown>>> {
    return await rpc(this.api, action, params);
  }

  /** An action's answer, whatever its status. */
  async call(action: string, params: Params = {}): Promise<RpcAnswer> {
    return await callRpc(this.api, action, params);
  }

  /** An activation for `count` machines. */
  async activation(count = 1, params: Params = {}): Promise<{ id: string; code: string }> {
    const answer = await this.rpc('CreateActivation', {
      InstanceName: `e2e-${randomBytes(3).toString('hex')}`,
      InstanceCount: count,
      ...params,
    });
    return { id: String(answer['ActivationId']), code: String(answer['ActivationCode']) };
  }

  async startSession(instanceId: string, params: Params = {}): Promise<StartedSession> {
    const answer = await this.rpc('StartTerminalSession', { 'InstanceId.1': instanceId, ...params });
    return {
      sessionId: String(answer['SessionId']),
      url: String(answer['WebSocketUrl']),
      token: String(answer['SecurityToken']),
    };
  }

  /** The record of a session and its connection. */
  async session(sessionId: string): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.rpc('DescribeTerminalSessions', { SessionId: sessionId });
    const { Session } = answer['Sessions'] as { Session: readonly Record<string, unknown>[] };
    const record = Session[0];
    if (!record) throw new Error(`no record of ${sessionId}`);
    const { Connection } = record['Connections'] as { Connection: readonly Record<string, unknown>[] };
    return { ...record, ...Connection[0] };
  }
}
