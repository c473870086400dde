import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import {
  Cli101PortForward,
  Cli101Stream,
  expectNoProcessLeft,
  freePort,
  launch,
  launchSshd,
  OutputLog,
  until,
  type TestSshd,
} from '@sallyport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAgent, type AgentKind, type RunningAgent } from './support/agents.js';
import { Deployment, FAST } from './support/deployment.js';
import { EchoTarget } from './support/echo-target.js';

describe.each<AgentKind>(['stock', 'own'])('a port session of the %s agent', (agentKind) => {
  let deployment: Deployment;
  let agent: RunningAgent;
  let target: EchoTarget;
  let sshd: TestSshd;

  beforeAll(async () => {
    deployment = await Deployment.start(FAST);
    agent = await runAgent(agentKind, deployment);
    target = await EchoTarget.listen();
    sshd = await launchSshd();
  });
  afterAll(async () => {
    await sshd.stop();
    await target.close();
    await agent.stop();
    await deployment.stop();
    await expectNoProcessLeft();
  });

  const forward = async (port: number): Promise<{ forwarding: Cli101PortForward; sessionId: string }> => {
    const { url, sessionId } = await deployment.startSession(agent.instanceId, { PortNumber: port });
    return { forwarding: await Cli101PortForward.listen({ url, ca: deployment.server.ca }), sessionId };
  };

  it('carries several connections at once, each on a socket and a channel of its own', async () => {
    const before = target.connections.length;
    const { forwarding, sessionId } = await forward(target.port);
    const locals = await Promise.all([1, 2, 3].map(() => dial(forwarding.port)));
    await until('three targets', () => target.connections.length === before + 3, 15_000);
    const blobs = locals.map(() => randomBytes(300_000));
    locals.forEach(({ socket }, index) => socket.write(blobs[index] ?? ''));
    await until(
      'all bytes back',
      () => locals.every(({ output }) => output.byteLength === 300_000 + 'hello 1\n'.length),
      20_000,
    );
    for (const [index, { output }] of locals.entries())
      expect(
        output
          .bytes()
          .subarray(-300_000)
          .equals(blobs[index] ?? Buffer.alloc(0)),
      ).toBe(true);
    expect(await deployment.session(sessionId)).toMatchObject({
      Status: 'Connected',
      PortNumber: target.port,
    });
    await forwarding.close();
  });

  it('ends the connection to the target with the local one, and no other', async () => {
    const before = target.connections.length;
    const { forwarding } = await forward(target.port);
    const [first, second] = await Promise.all([dial(forwarding.port), dial(forwarding.port)]);
    await until('both targets', () => target.connections.length === before + 2, 15_000);
    first.socket.write('ping');
    await first.output.match(/ping$/);
    first.socket.end();
    const openSockets = (): number =>
      forwarding.streams.filter(({ connection }) => connection.socket.isOpen).length;
    await until('the server to close one client socket', () => openSockets() === 1);
    // A stock agent hears of a stop when the target's connection ends, and not before (wire protocol T5).
    const openTargets = (): number =>
      target.connections.slice(before).filter(({ destroyed }) => !destroyed).length;
    if (agentKind === 'own') await until('one target to be left', () => openTargets() === 1);
    second.socket.write('still here');
    await second.output.match(/still here$/);
    await forwarding.close();
  });

  it('tells the client when nobody listens', async () => {
    const { forwarding, sessionId } = await forward(await freePort());
    await dial(forwarding.port);
    const stream = await until('the stream', () => forwarding.streams[0]);
    const { printed } = await stream.ended;
    expect(printed).toMatch(/^TargetUnreachable/);
    await until('the socket to be closed by the server', () => !stream.connection.socket.isOpen);
    await deployment.rpc('EndTerminalSession', { SessionId: sessionId });
    await forwarding.close();
  });

  it('is ended through the API with all its connections', async () => {
    const { forwarding, sessionId } = await forward(target.port);
    const { output } = await dial(forwarding.port);
    await output.match(/hello/, 15_000);
    await deployment.rpc('EndTerminalSession', { SessionId: sessionId });
    const { printed } = (await forwarding.streams[0]?.ended) ?? {};
    expect(printed).toMatch(/^EndedByApi/);
    await dial(forwarding.port);
    await until('the refusal', () => forwarding.failures.length === 1);
    expect(forwarding.failures[0]).toMatchObject({ status: 410, body: '' });
    await forwarding.close();
  });

  it('carries ssh to a real sshd', { timeout: 60_000 }, async () => {
    const { url } = await deployment.startSession(agent.instanceId, { PortNumber: sshd.port });
    const proxy = await proxyCommand(url, deployment.server.ca);
    const knownHosts = join(deployment.server.dataDir, 'known_hosts');
    await writeFile(knownHosts, sshd.knownHosts);
    const ssh = await launch({
      command: 'ssh',
      args: [
        ...['-i', sshd.keyFile, '-p', String(proxy.port), '-F', 'none'],
        ...[
          '-o',
          `UserKnownHostsFile=${knownHosts}`,
          '-o',
          'StrictHostKeyChecking=yes',
          '-o',
          'BatchMode=yes',
        ],
        `${userInfo().username}@127.0.0.1`,
        'echo $((6*7)); head -c 200000 /dev/zero | wc -c; cat | md5sum; exit 5',
      ],
    });
    ssh.write('x'.repeat(100_000), { end: true });
    const { code } = await ssh.ended;
    const md5 = createHash('md5').update('x'.repeat(100_000)).digest('hex');
    expect(ssh.stdout).toBe(`42\n200000\n${md5}  -\n`);
    expect(code).toBe(5);
    expect(agent.isHealthy()).toBe(true);
    proxy.server.close();
  });
});

async function dial(port: number): Promise<{ socket: Socket; output: OutputLog }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const output = new OutputLog();
  socket.on('data', (bytes: Buffer) => output.add(bytes)).on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, output };
}

/** Stands in for `ProxyCommand ali-instance-cli ssh`: one raw stream of the command line on a local port. */
async function proxyCommand(url: string, ca: string): Promise<{ server: Server; port: number }> {
  const server = createServer((local) => {
    local.on('error', () => undefined);
    Cli101Stream.open(local, { url, ca, mode: 'ssh' }).catch(() => local.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}
