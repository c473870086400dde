import { expectNoProcessLeft, launch, until, type LaunchedProcess } from '@sallyport/testing';
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeServer } from '../../test-kit/fake-server.js';
import { StateDirectory } from '../identity/state-directory.js';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const REGISTER = '/luban/api/instance/register';
const DEREGISTER = '/luban/api/instance/deregister';
const ACTIVATION = ['--activation-id', 'id', '--activation-code', 'code'];

let server: FakeServer;
let stateDir: string;

beforeEach(async () => {
  server = await FakeServer.start();
  stateDir = join(mkdtempSync(join(tmpdir(), 'sallyport-agent-')), 'state');
  server.answers.set(REGISTER, { status: 200, body: '{"code":200,"instanceId":"mi-new"}' });
});

afterEach(async () => {
  await server.stop();
  rmSync(join(stateDir, '..'), { recursive: true });
  await expectNoProcessLeft();
});

const start = (...args: string[]): Promise<LaunchedProcess> =>
  launch({ command: process.execPath, args: ['-C', 'source', '--import', 'tsx', MAIN, ...args] });

async function agent(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const launched = await start(...args);
  const { code } = await launched.ended;
  return { code, stdout: launched.stdout, stderr: launched.stderr };
}

const register = (...args: string[]): ReturnType<typeof agent> =>
  agent('register', '--server', server.origin, '--state-dir', stateDir, ...ACTIVATION, ...args);

/** Stores a registration that the server's signature check accepts. */
function registered(): void {
  const state = new StateDirectory(stateDir);
  state.prepare();
  state.save(server.registered(userInfo().username));
}

describe('register', { timeout: 30_000 }, () => {
  it('sends what the protocol wants and keeps what came back', async () => {
    const user = userInfo().username;
    const args = ['--name', 'web 1', '--tag', 'env=prod', '--tag', 'formula=a=b', '--user', user];
    expect(await register(...args)).toMatchObject({ code: 0, stdout: 'registered as mi-new\n', stderr: '' });
    const body = JSON.parse(server.requestsTo(REGISTER)[0]?.body ?? '') as Record<string, string>;
    expect(body).toMatchObject({
      activationId: 'id',
      activationCode: 'code',
      regionId: 'local',
      instanceName: 'web 1',
      osType: 'linux',
      tag: [
        { key: 'env', value: 'prod' },
        { key: 'formula', value: 'a=b' },
      ],
    });
    expect(body['agentVersion']).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    const { identity, privateKeyPem } = new StateDirectory(stateDir).require();
    expect(identity).toMatchObject({
      server: server.origin,
      instanceId: 'mi-new',
      machineId: body['machineId'],
      user,
    });
    const told = Buffer.from(body['publicKey'] ?? '', 'base64').toString();
    expect(told).toBe(createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }));
  });

  it('prints why the server refuses, in one line', async () => {
    server.answers.set(REGISTER, { status: 200, body: '{"code":403,"errMsg":"The code is not valid."}' });
    const { code, stderr } = await register();
    expect(code).toBe(1);
    expect(stderr).toBe('sallyport-agent: registration refused: The code is not valid. (HTTP 200)\n');
    expect(new StateDirectory(stateDir).load()).toBeUndefined();
  });

  it('refuses a second registration at the same server', async () => {
    registered();
    const { code, stderr } = await register();
    expect(code).toBe(1);
    expect(stderr).toContain('already registered');
    expect(server.requests).toEqual([]);
  });

  it('says what is wrong before it asks the server', async () => {
    const notPem = join(stateDir, '..', 'ca.pem');
    writeFileSync(notPem, 'nothing');
    const cases: [string[], string][] = [
      [['--tag', 'novalue'], 'key=value'],
      [['--ca', '/no/such/file'], '--ca cannot be read'],
      [['--ca', notPem], 'no certificate'],
      [['--user', 'no-such-user'], 'user'],
      [['--wrong'], 'unknown option'],
    ];
    const results = await Promise.all(cases.map(([args]) => register(...args)));
    expect(results.map(({ code }) => code)).toEqual(cases.map(() => 1));
    for (const [at, { stderr }] of results.entries()) expect(stderr).toContain(cases[at]?.[1]);
    expect(server.requests).toEqual([]);
  });

  it('names a server that cannot be reached', async () => {
    const args = ['register', '--server', 'http://127.0.0.1:1', '--state-dir', stateDir, ...ACTIVATION];
    const { code, stderr } = await agent(...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sallyport-agent: cannot reach http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.*\n$/);
  });
});

describe('run', { timeout: 30_000 }, () => {
  it('serves until SIGTERM and then leaves with status 0', async () => {
    registered();
    const running = await start('run', '--state-dir', stateDir);
    await running.waitForLine('readiness', (line) => line.includes('"agent ready"') || undefined);
    expect(existsSync(join(stateDir, 'running.json'))).toBe(true);
    const { code, stderr } = await agent('run', '--state-dir', stateDir);
    expect([code, stderr]).toEqual([
      1,
      `sallyport-agent: this agent runs already, as process ${running.pid}\n`,
    ]);
    const status = await agent('status', '--state-dir', stateDir);
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toMatch(new RegExp(`process +${running.pid}\nconnection +ok\n`));
    expect(await running.stop()).toEqual({ code: 0, signal: null });
    expect(existsSync(join(stateDir, 'running.json'))).toBe(false);
  });

  it('keeps waiting for a server that is not there', async () => {
    registered();
    await server.stop();
    const running = await start('run', '--state-dir', stateDir);
    await running.waitForLine('its complaint', (line) => line.includes('cannot be reached') || undefined);
    expect(running.hasEnded).toBe(false);
    expect(await running.stop()).toEqual({ code: 0, signal: null });
    server = await FakeServer.start();
  });

  it('does not begin without a registration', async () => {
    const { code, stderr } = await agent('run', '--state-dir', stateDir);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sallyport-agent: no agent is registered in .*\n$/);
  });
});

describe('status', { timeout: 30_000 }, () => {
  it('fails when the agent does not run', async () => {
    registered();
    const { code, stdout, stderr } = await agent('status', '--state-dir', stateDir);
    expect(code).toBe(1);
    expect(stdout).toContain('mi-fake');
    expect(stderr).toBe('sallyport-agent: the agent is not running\n');
  });
});

describe('deregister', { timeout: 30_000 }, () => {
  it('tells the server, signed, and forgets the registration', async () => {
    registered();
    expect(await agent('deregister', '--state-dir', stateDir)).toMatchObject({ code: 0, stderr: '' });
    await until('the request', () => server.requestsTo(DEREGISTER)[0]?.isSigned);
    expect(new StateDirectory(stateDir).load()).toBeUndefined();
  });

  it('keeps the registration when the server refuses', async () => {
    registered();
    server.answers.set(DEREGISTER, { status: 401, body: '{"code":401,"errMsg":"not known"}' });
    const { code, stderr } = await agent('deregister', '--state-dir', stateDir);
    expect(code).toBe(1);
    expect(stderr).toContain('not known (HTTP 401)');
    expect(readFileSync(join(stateDir, 'identity.json'), 'utf8')).toContain('mi-fake');
  });
});

describe('help', { timeout: 30_000 }, () => {
  it.each([[], ['register'], ['run'], ['status'], ['deregister']])(
    'of %j has examples',
    async (...command) => {
      const { code, stdout } = await agent(...command, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain('Examples:');
    },
  );
});
