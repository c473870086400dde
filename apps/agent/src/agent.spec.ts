import { MessageType } from '@sallyport/wire';
import { until } from '@sallyport/testing';
import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeChannel } from '../test-kit/fake-channel.js';
import { FakeServer } from '../test-kit/fake-server.js';
import { Agent } from './agent.js';
import { createLogger } from './logger.js';

const CONTROL = '/luban/notify_server';
const CHANNEL = '0123456789abcdef0123456789abcdef';

let server: FakeServer;
let stop: AbortController;
let ended: Promise<void>;
let log: string[];

/** Starts an agent that gives shells to whoever runs the tests. */
function startAgent(): void {
  const logger = createLogger('debug', (line) => void log.push(line));
  stop = new AbortController();
  ended = new Agent(server.registered(userInfo().username), { logger, lang: 'C.UTF-8' }).run(stop.signal);
}

async function channel(index = 0): Promise<FakeChannel> {
  return await until('a data socket', () => server.channels[index]);
}

async function openChannel(task: Record<string, string> = {}, channelId = CHANNEL): Promise<FakeChannel> {
  const before = server.channels.length;
  server.offer(channelId, task);
  const opened = await channel(before);
  await until('Ready', () => opened.has(MessageType.Ready));
  return opened;
}

beforeEach(async () => {
  log = [];
  server = await FakeServer.start();
  startAgent();
  await until('the start-up fetch', () => server.requestsTo('/luban/api/v1/task/list').length > 0);
});

afterEach(async () => {
  stop.abort();
  await ended;
  await server.stop();
});

describe('the control socket', () => {
  it('comes with a heart-beat and the start-up fetch, all signed', () => {
    const paths = server.requests.map(({ path }) => path);
    expect(paths).toEqual(['/luban/api/heart-beat', '/luban/api/v1/task/list']);
    expect(server.requests.every(({ isSigned }) => isSigned)).toBe(true);
    expect(server.requests[0]?.query.get('index')).toBe('0');
    expect(server.requests[1]?.query.get('reason')).toBe('startup');
  });

  it('answers each kick and refuses what it does not do', async () => {
    for (const text of [
      'kick_vm noop',
      'kick_vm task run t-1',
      'kick_vm agent stop',
      'kick_vm session',
      'hello',
    ])
      server.kick(text);
    await until('five answers', () => server.replies.length === 5);
    expect(server.replies).toEqual([
      'accept:kick_vm noop',
      'accept:kick_vm task run t-1',
      'unknow:kick_vm agent stop',
      'unknow:kick_vm session',
      'unknow:hello',
    ]);
  });

  it('is dialled again within a quarter of a second, and announced again', async () => {
    const lostAtMs = Date.now();
    server.controls[0]?.terminate();
    await until('a second start-up fetch', () => server.requestsTo('/luban/api/v1/task/list').length === 2);
    expect(server.upgradeTimes[1]?.atMs).toBeLessThan(lostAtMs + 350);
  });

  it('leaves a server alone for as long as it asks', async () => {
    server.refusals.set(CONTROL, [{ status: 503, headers: 'retry-after: 1\r\n' }]);
    server.controls[0]?.terminate();
    await until('a second socket', () => server.controls.length === 2);
    const [, refused, accepted] = server.upgradeTimes;
    expect((accepted?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('logs a refusal once and does not ask again soon', async () => {
    server.refusals.set(CONTROL, [{ status: 401 }, { status: 401 }]);
    server.controls[0]?.terminate();
    await until('the refusal in the log', () => log.some((line) => line.includes('refuses this agent')));
    expect(server.upgradeTimes).toHaveLength(2);
  });
});

describe('a shell', () => {
  it('is the login shell of its user, with an environment of its own', async () => {
    const shell = await openChannel();
    shell.input(
      'echo "<$0|$TERM|$LANG|$USER|$HOME|$PWD|$(env | grep -c SALLYPORT)>"; shopt login_shell; exit 7\n',
    );
    await until('the exit', () => shell.exit);
    const { username, homedir } = userInfo();
    expect(shell.text).toContain(`<-bash|xterm-256color|C.UTF-8|${username}|${homedir}|${homedir}|0>`);
    expect(shell.text).toMatch(/login_shell\s+on/);
    expect(shell.exit).toEqual({ code: 7 });
    expect(shell.positionGaps).toBe(0);
    await until('the report', () => server.reported(CHANNEL) === 'Ok');
    expect(await until('the close', () => shell.closeCode)).toBe(1000);
  });

  it('knows its size after a resize', async () => {
    const shell = await openChannel();
    shell.resize(43, 132);
    shell.input('stty size\n');
    await until('the size', () => shell.text.includes('43 132'));
  });

  it('keeps what was typed before it was there', async () => {
    server.offer(CHANNEL);
    const early = await channel();
    early.resize(31, 101);
    early.input('stty size; echo $((6*7))\n');
    await until('the answer', () => /31 101\r\n42/.test(early.text));
  });

  it('has no files of the agent or of other shells open', async () => {
    const first = await openChannel();
    const second = await openChannel(
      { cmdContent: 'ls /proc/$$/fd | tr "\\n" " "' },
      CHANNEL.replace('0', 'f'),
    );
    await until('the exit', () => second.exit);
    // 255 is a shell's own.
    expect(second.text.replace(/255 /, '').trim()).toBe('0 1 2');
    expect(first.exit).toBeUndefined();
  });

  it('delivers 10 MB in order to a reader that is slow, and its exit status behind them', async () => {
    const command = 'head -c 7500000 /dev/zero | tr "\\0" "a" | fold -w 74 | awk \'{print NR, $0}\'; exit 3';
    const shell = await openChannel({ cmdContent: command });
    let pauses = 0;
    const slowly = setInterval(() => {
      pauses += 1;
      shell.socket.pause();
      setTimeout(() => shell.socket.resume(), 5);
    }, 50);
    await until('the exit', () => shell.exit, 60_000);
    clearInterval(slowly);
    const lines = shell.text.split('\r\n');
    const expected = Array.from(
      { length: 101_352 },
      (_, at) => `${at + 1} ${'a'.repeat(at < 101_351 ? 74 : 26)}`,
    );
    expect(pauses).toBeGreaterThan(0);
    expect(sha(lines.slice(0, -1).join('\n'))).toBe(sha(expected.join('\n')));
    expect(shell.exit).toEqual({ code: 3 });
    expect(shell.positionGaps).toBe(0);
  }, 90_000);

  it('loses nothing when it ended while its reader did not read', async () => {
    const shell = await openChannel({ cmdContent: 'seq 1 20000' });
    shell.socket.pause();
    setTimeout(() => shell.socket.resume(), 1_500);
    await until('the exit', () => shell.exit);
    expect(shell.text.trim().split('\r\n')).toHaveLength(20_000);
  });

  it('ends on Ctrl-C what saturates its output', async () => {
    const shell = await openChannel();
    shell.input('yes\n');
    await until('output', () => shell.outputBytes > 1_000_000);
    shell.input('\x03');
    shell.input('echo done-$((40+2))\n');
    await until('the next command', () => shell.text.includes('done-42'));
  });

  it('takes more input than a terminal holds, without stopping the agent', async () => {
    const shell = await openChannel({
      cmdContent: 'stty raw -echo; echo up; sleep 1; head -c 300000 | md5sum',
    });
    await until('the start', () => shell.text.includes('up'));
    const bytes = Buffer.alloc(300_000, 'x');
    for (let at = 0; at < bytes.length; at += 10_000) shell.input(bytes.subarray(at, at + 10_000));
    server.kick('kick_vm noop');
    await until('an answer meanwhile', () => server.replies.includes('accept:kick_vm noop'), 900);
    await until('the sum', () => shell.text.includes(createHash('md5').update(bytes).digest('hex')));
  });

  it('ends at once although a background job holds its terminal', async () => {
    const shell = await openChannel();
    shell.input('sleep 30 & disown; exit 4\n');
    await until('the exit', () => shell.exit, 3_000);
    expect(shell.exit?.code).toBe(4);
  });

  it('tells the signal that ended it', async () => {
    const shell = await openChannel({ cmdContent: 'kill -TERM $$' });
    await until('the exit', () => shell.exit);
    expect(shell.exit).toEqual({ code: 143, signal: 'SIGTERM' });
  });

  it('is hung up by a stop kick, with what runs in it', async () => {
    const shell = await openChannel();
    shell.input('trap "" HUP; echo pid=$$; sleep 60\n');
    const pid = Number(await until('its pid', () => /pid=(\d+)/.exec(shell.text)?.[1]));
    server.kick(`kick_vm session stop ${CHANNEL}`);
    await until('the report', () => server.reported(CHANNEL) === 'Notified');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('is hung up when the server closes the socket for good', async () => {
    const shell = await openChannel();
    shell.socket.close(1000);
    await until('the report', () => server.reported(CHANNEL) === 'Notified');
  });

  it('survives the loss of its socket', async () => {
    const shell = await openChannel();
    shell.input('echo one\n');
    await until('an answer', () => shell.text.includes('one\r\n'));
    shell.socket.terminate();
    const again = await channel(1);
    await until('Ready again', () => again.has(MessageType.Ready));
    again.input('echo two; exit\n');
    await until('the exit', () => again.exit);
    expect(again.text).toContain('two\r\n');
  });

  it('ends when its socket is refused after a loss', async () => {
    const shell = await openChannel();
    server.refusals.set('/luban/session/backend', [{ status: 410 }]);
    shell.socket.terminate();
    await until('the report', () => server.reported(CHANNEL) === 'Notified');
  });

  it('is refused to a user that does not exist', async () => {
    server.offer(CHANNEL, { username: 'no-such-user' });
    await until('the report', () => server.reported(CHANNEL) === 'Open_pty_failed');
    expect(server.report(CHANNEL)?.get('status')).toBe('Failed');
    expect(server.report(CHANNEL)?.get('reason')).toBeTruthy();
  });

  it('is not started on a server that does not speak 1.03', async () => {
    server.speaksOwnProtocol = false;
    server.offer(CHANNEL);
    await until('the report', () => server.reported(CHANNEL) === 'Open_channel_failed');
    expect(server.report(CHANNEL)?.get('reason')).toContain('1.03');
  });

  it('is not started twice by two kicks', async () => {
    server.offer(CHANNEL);
    server.offer(CHANNEL);
    const shell = await channel();
    server.kick(`kick_vm session start ${CHANNEL}`);
    await until('Ready', () => shell.has(MessageType.Ready));
    await until('three answers', () => server.replies.length === 3);
    expect(server.channels).toHaveLength(1);
  });

  it('ends by the rule when the server breaks the protocol', async () => {
    const shell = await openChannel();
    shell.socket.send(Buffer.from('nonsense'));
    await until('the report', () => server.reported(CHANNEL) === 'Process_data_error');
  });

  it('is never written to the log', async () => {
    const shell = await openChannel();
    shell.input('echo secret-$((1+1)); exit\n');
    await until('the report', () => server.reported(CHANNEL));
    expect(log.join('\n')).not.toContain('secret');
  });
});

describe('a port', () => {
  const targets: { close(): unknown }[] = [];

  async function listen(serve: (socket: Socket) => void): Promise<Record<string, string>> {
    const target = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      serve(socket);
    });
    targets.push(target);
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    return { portNumber: String((target.address() as AddressInfo).port) };
  }

  afterEach(() => {
    for (const target of targets.splice(0)) target.close();
  });

  it('carries bytes both ways, several channels at once', async () => {
    const task = await listen((socket) => void socket.pipe(socket));
    const [one, two] = [await openChannel(task), await openChannel(task, CHANNEL.replace('0', 'f'))];
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 251));
    one.input(bytes);
    two.input('short');
    await until('the echo', () => one.outputBytes === bytes.length && two.text === 'short');
    expect(one.output.equals(bytes)).toBe(true);
    expect(one.positionGaps).toBe(0);
  });

  it('tells the end of the target and still takes input', async () => {
    let received = '';
    const task = await listen((socket) => {
      socket.on('data', (data: Buffer) => (received += data.toString()));
      socket.end('greeting');
    });
    const port = await openChannel(task);
    await until('the end', () => port.has(MessageType.TargetClosed));
    expect(port.text).toBe('greeting');
    port.input('still there');
    await until('the input', () => received === 'still there');
    port.send(MessageType.Close, new Uint8Array(0));
    await until('the report', () => server.reported(CHANNEL) === 'Notified');
  });

  it('ends when the target has closed both directions', async () => {
    const port = await openChannel(await listen((socket) => socket.on('end', () => socket.end()).resume()));
    port.send(MessageType.Close, new Uint8Array(0));
    await until('the report', () => server.reported(CHANNEL) === 'Notified');
  });

  it('delivers what the client sent last before it closes', async () => {
    let received = 0;
    const task = await listen((socket) => socket.on('data', (data: Buffer) => (received += data.length)));
    const port = await openChannel(task);
    port.input(Buffer.alloc(500_000));
    port.send(MessageType.Close, new Uint8Array(0));
    await until('all bytes', () => received === 500_000);
  });

  it('pauses a target whose client is slow', async () => {
    let written = 0;
    const task = await listen((socket) => {
      const more = (): void => {
        while (socket.write(Buffer.alloc(65_536))) written += 65_536;
      };
      socket.on('drain', more);
      more();
    });
    const port = await openChannel(task);
    port.socket.pause();
    let last = -1;
    await until('a standstill', async () => {
      if (written === last) return true;
      last = written;
      return await new Promise<false>((resolve) => setTimeout(() => resolve(false), 300));
    });
    expect(written).toBeLessThan(32 * 1_048_576);
  });

  it('tells why a target cannot be reached', async () => {
    server.offer(CHANNEL, { portNumber: '1' });
    await until('the report', () => server.reported(CHANNEL) === 'Open_port_failed');
    expect((await channel()).targetError).toBe('connection refused');
    expect(server.report(CHANNEL)?.get('reason')).toBe('connection refused');
  });

  it('never leads to a metadata address', async () => {
    server.offer(CHANNEL, { portNumber: '80', targetHost: '169.254.169.254' });
    await until('the report', () => server.reported(CHANNEL) === 'Open_port_failed');
    expect(server.report(CHANNEL)?.get('reason')).toContain('link-local');
  });

  it('tells a target that breaks', async () => {
    const port = await openChannel(await listen((socket) => setTimeout(() => socket.resetAndDestroy(), 50)));
    await until('the report', () => server.reported(CHANNEL) === 'Read_port_failed');
    expect(port.targetError).toBe('connection reset by the target');
  });
});

describe('the end of the agent', () => {
  it('ends its sessions and tells the server', async () => {
    await openChannel();
    stop.abort();
    await ended;
    expect(server.reported(CHANNEL)).toBe('Notified');
  });
});

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
