import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  systemClock,
  type AccountId,
  type ActivationId,
  type Clock,
  type InstanceId,
} from '@sallyport/kernel';
import { loadSettings } from '@sallyport/platform';
import { callRpc, rpc, type RpcAnswer, type RpcTarget, type TranscriptMeta } from '@sallyport/testing';
import { startServer, type RunningServer } from '../../../apps/server/src/app.js';

/** Region in which the recordings were made. */
const RECORDED_REGION = 'cn-local';
/** Access key of all recordings. */
const RECORDED_KEY = {
  accessKeyId: 'AKIDWIREFIXTURE00001',
  accessKeySecret: 'WireFixtureSecret0000000000001',
};

/** The machine of a recording, or one that was made up. */
export interface Machine {
  readonly instanceId: string;
  readonly machineId: string;
  readonly publicKeyPem: string;
}

/** A server in this process whose clock shows the time of a recording and whose root key is the recorded one. */
export class ReplayServer {
  readonly host: string;
  readonly api: RpcTarget;

  private constructor(
    readonly clock: Clock,
    private readonly server: RunningServer,
    private readonly dataDir: string,
  ) {
    if (server.httpUrl === undefined) throw new Error('the server has no HTTP listener');
    this.host = new URL(server.httpUrl).host;
    this.api = {
      endpoint: server.httpUrl,
      credentials: RECORDED_KEY,
      regionId: RECORDED_REGION,
      nowMs: () => clock.nowMs(),
    };
  }

  /** @param databaseUrl  an empty database: request ids and nonces of a recording can be used once */
  static async start({ startedAtMs }: TranscriptMeta, databaseUrl: string): Promise<ReplayServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'sallyport-replay-'));
    const settings = loadSettings({
      SALLYPORT_HTTP_PORT: '0',
      SALLYPORT_HTTPS_PORT: 'off',
      SALLYPORT_DATA_DIR: dataDir,
      SALLYPORT_REGION: RECORDED_REGION,
      SALLYPORT_ROOT_ACCESS_KEY_ID: RECORDED_KEY.accessKeyId,
      SALLYPORT_ROOT_ACCESS_KEY_SECRET: RECORDED_KEY.accessKeySecret,
      SALLYPORT_LOG_LEVEL: 'fatal',
      SALLYPORT_MASTER_KEY: randomBytes(32).toString('base64'),
      DATABASE_URL: databaseUrl,
    });
    const offsetMs = startedAtMs - Date.now();
    const clock: Clock = {
      nowMs: () => systemClock.nowMs() + offsetMs,
      after: (delayMs, run) => systemClock.after(delayMs, run),
    };
    try {
      return new ReplayServer(clock, await startServer(settings, { clock }), dataDir);
    } catch (error) {
      await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async rpc(action: string, params: Record<string, string> = {}): Promise<Readonly<Record<string, unknown>>> {
    return await rpc(this.api, action, params);
  }

  async call(action: string, params: Record<string, string> = {}): Promise<RpcAnswer> {
    return await callRpc(this.api, action, params);
  }

  /** Stores an activation with a known id and code. */
  async addActivation(id: string, code: string, count = 1): Promise<void> {
    const { AccountId: accountId } = await rpc({ ...this.api, version: '2015-04-01' }, 'GetCallerIdentity');
    await this.server.database.activations.insert({
      id: id as ActivationId,
      accountId: String(accountId) as AccountId,
      region: RECORDED_REGION,
      codeHash: createHash('sha256').update(code).digest('hex'),
      instanceName: undefined,
      description: '',
      instanceCount: count,
      timeToLiveHours: 4,
      ipAddressRange: undefined,
      tags: [],
      isDisabled: false,
      registeredCount: 0,
      deregisteredCount: 0,
      createdAtMs: this.clock.nowMs(),
    });
  }

  /** Stores a machine as if it had registered. */
  async addMachine({ instanceId, machineId, publicKeyPem }: Machine): Promise<void> {
    const id = randomUUID();
    await this.addActivation(id, 'unused');
    const { AccountId: accountId } = await rpc({ ...this.api, version: '2015-04-01' }, 'GetCallerIdentity');
    await this.server.database.activations.redeem(id as ActivationId, () => ({
      id: instanceId as InstanceId,
      accountId: String(accountId) as AccountId,
      region: RECORDED_REGION,
      name: 'wire-instance',
      hostname: 'wire-host',
      machineId,
      publicKeyPem,
      osType: 'linux',
      osVersion: 'Linux',
      agentVersion: '1.0.0.1',
      intranetIp: '192.0.2.10',
      internetIp: '127.0.0.1',
      tags: [],
      activationId: id as ActivationId,
      registeredAtMs: this.clock.nowMs(),
      lastHeartbeatAtMs: undefined,
    }));
  }
}
