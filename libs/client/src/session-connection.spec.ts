import { FakeClock } from '@sallyport/testing';
import {
  decode,
  decodeResize,
  encodeExit,
  encodeOwn,
  encodeRate,
  encodeStatus,
  encodeTargetError,
  MessageType,
  StatusCode,
} from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import { BackOff } from './back-off.js';
import { SessionConnection } from './session-connection.js';
import type { SessionEvents } from './session-events.js';
import type { SessionSocketHandlers, UpgradeAnswer } from './session-socket.port.js';

const URL = 'wss://door.example/session?sessionId=s-1&token=t';
const CHANNEL = 'c'.repeat(32);
const NONE = new Uint8Array(0);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The server's side of one dialled socket. */
class Line {
  readonly sent: { type: number; position: number; payload: Uint8Array }[] = [];
  closedWith: number | undefined;
  isPaused = false;
  bufferedBytes = 0;

  constructor(
    readonly url: string,
    readonly headers: Readonly<Record<string, string>>,
    readonly handlers: SessionSocketHandlers,
  ) {}

  send(frame: Uint8Array): void {
    const decoded = decode('own-1.03', frame);
    if (!decoded.ok) throw new Error(decoded.error.message);
    const { type, sequence: position, payload } = decoded.value;
    this.sent.push({ type, position, payload });
  }

  close(code: number): void {
    this.closedWith ??= code;
  }

  setPaused(isPaused: boolean): void {
    this.isPaused = isPaused;
  }

  open(answer: UpgradeAnswer = { channelId: CHANNEL, protocol: '1.03' }): this {
    this.handlers.opened(answer);
    return this;
  }

  tell(type: number, payload: Uint8Array = NONE, position = 0): void {
    this.handlers.message(encodeOwn({ type, position, payload }));
  }

  ofType(type: number) {
    return this.sent.filter((message) => message.type === type);
  }
}

function setUp(options: { resumeTimeMs?: number; connectTimeMs?: number } = {}) {
  const clock = new FakeClock();
  const lines: Line[] = [];
  const heard: unknown[][] = [];
  const note =
    (name: string) =>
    (...values: unknown[]): void =>
      void heard.push([name, ...values]);
  const names = [
    'ready',
    'outputLost',
    'exit',
    'targetClosed',
    'targetError',
    'drained',
    'reconnecting',
    'resumed',
    'closed',
  ];
  const events = {
    ...Object.fromEntries([...names, 'status'].map((name) => [name, note(name)])),
    output: (view: Uint8Array) => void heard.push(['output', new TextDecoder().decode(view)]),
  } as SessionEvents;
  const connection = new SessionConnection({
    url: URL,
    clock,
    events,
    backOff: new BackOff({ baseMs: 100, maxMs: 1_000, random: () => 0.5 }),
    dial: (url, headers, handlers) => {
      const line = new Line(url, headers, handlers);
      lines.push(line);
      return line;
    },
    ...options,
  });
  const line = (index = lines.length - 1): Line =>
    lines[index] ?? expect.fail(`nothing was dialled ${index} times`);
  connection.open();
  return { clock, connection, lines, line, heard };
}

describe('SessionConnection', () => {
  it('dials the URL as it is and offers protocol 1.03', () => {
    const { line } = setUp();
    expect(line().url).toBe(URL);
    expect(line().headers).toEqual({ 'x-sallyport-protocol': '1.03' });
  });

  it('numbers input by the bytes before it', () => {
    const { connection, line } = setUp();
    connection.send(bytes('ab'));
    line().open();
    connection.send(bytes('cde'));
    expect(line().ofType(MessageType.Input)).toEqual([
      { type: MessageType.Input, position: 0, payload: bytes('ab') },
      { type: MessageType.Input, position: 2, payload: bytes('cde') },
    ]);
  });

  it('tells its size at once, when the session is open, and when the shell is ready', () => {
    const { connection, line } = setUp();
    connection.resize({ rows: 24, cols: 80 });
    line().open();
    connection.resize({ rows: 25, cols: 81 });
    line().tell(MessageType.Status, encodeStatus(StatusCode.Opened));
    line().tell(MessageType.Ready);
    const sizes = line().ofType(MessageType.Resize);
    expect(sizes.map((message) => decodeResize(message.payload)?.rows)).toEqual([24, 25, 25, 25]);
  });

  it('passes on what the other end says', () => {
    const { line, heard } = setUp();
    line().open();
    line().tell(MessageType.Status, encodeStatus(StatusCode.Opening));
    line().tell(MessageType.Ready);
    line().tell(MessageType.Output, bytes('$ '));
    line().tell(MessageType.TargetClosed);
    line().tell(MessageType.TargetError, encodeTargetError('refused'));
    line().tell(MessageType.Exit, encodeExit({ code: 137, signal: 'SIGKILL' }));
    expect(heard).toEqual([
      ['status', StatusCode.Opening, ''],
      ['ready'],
      ['output', '$ '],
      ['targetClosed'],
      ['targetError', 'refused'],
      ['exit', { code: 137, signal: 'SIGKILL' }],
    ]);
  });

  it.each([
    [StatusCode.Closed, { kind: 'closed', reason: 'Exit' }],
    [StatusCode.Exited, { kind: 'closed', reason: 'Exit' }],
    [StatusCode.Aborted, { kind: 'aborted', reason: 'Exit' }],
  ] as const)('ends on status %i and leaves no timer', (code, end) => {
    const { clock, connection, line, heard } = setUp();
    line().open();
    connection.send(new Uint8Array(40_000));
    line().tell(MessageType.Status, encodeStatus(code, 'Exit'));
    expect(heard.at(-1)).toEqual(['closed', end]);
    expect(line().closedWith).toBe(1000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('says nothing after the end', () => {
    const { connection, line, heard } = setUp();
    line().open();
    line().tell(MessageType.Status, encodeStatus(StatusCode.Closed, 'Exit'));
    const { length } = heard;
    line().tell(MessageType.Output, bytes('late'));
    line().handlers.closed({ code: 1006, reason: '' });
    connection.close();
    expect(connection.send(bytes('x'))).toBe(true);
    expect(heard).toHaveLength(length);
  });

  it('comes back to the same channel and tells what it has received', () => {
    const { clock, connection, line, lines, heard } = setUp();
    connection.resize({ rows: 24, cols: 80 });
    line().open();
    line().tell(MessageType.Output, bytes('hello'));
    line().handlers.closed({ code: 1006, reason: 'gone' });
    expect(heard.at(-1)).toEqual(['reconnecting', 1, 50]);
    clock.advance(50);
    expect(lines).toHaveLength(2);
    expect(line().url).toBe(`${URL}&channelId=${CHANNEL}`);
    line().open();
    expect(line().sent.map(({ type, position }) => [type, position])).toEqual([
      [MessageType.Sync, 5],
      [MessageType.Resize, 0],
    ]);
    expect(heard.at(-1)).toEqual(['resumed']);
  });

  it('delivers a replayed byte once', () => {
    const { clock, line, heard } = setUp();
    line().open();
    line().tell(MessageType.Output, bytes('hello'));
    line().handlers.closed({ code: 1006, reason: '' });
    clock.advance(50);
    line().open();
    line().tell(MessageType.Output, bytes('hel'), 0);
    line().tell(MessageType.Output, bytes('lo wor'), 3);
    line().tell(MessageType.Output, bytes('ld'), 9);
    const output = heard.filter(([name]) => name === 'output').map(([, text]) => text);
    expect(output).toEqual(['hello', ' wor', 'ld']);
  });

  it('tells how much output a replay left out', () => {
    const { line, heard } = setUp();
    line().open();
    line().tell(MessageType.Output, bytes('abc'), 7);
    expect(heard).toEqual([
      ['outputLost', 7],
      ['output', 'abc'],
    ]);
  });

  it('keeps input that was typed while the connection was lost, and its position', () => {
    const { clock, connection, line } = setUp();
    line().open();
    connection.send(bytes('ab'));
    line().handlers.closed({ code: 1006, reason: '' });
    connection.send(bytes('cd'));
    clock.advance(50);
    line().open();
    expect(line().ofType(MessageType.Input)).toEqual([
      { type: MessageType.Input, position: 2, payload: bytes('cd') },
    ]);
  });

  it('tries again within the resume time, then gives up', () => {
    const { clock, lines, line, heard } = setUp({ resumeTimeMs: 1_000 });
    line().open();
    line().handlers.closed({ code: 1006, reason: 'gone' });
    for (let dialled = 2; heard.at(-1)?.[0] === 'reconnecting'; dialled++) {
      clock.advance(500);
      expect(lines).toHaveLength(dialled);
      line().handlers.closed({ code: 1006, reason: 'refused' });
    }
    expect(heard.at(-1)).toEqual(['closed', { kind: 'lost', reason: 'refused' }]);
    expect(lines.length).toBeGreaterThan(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives up a dial that nobody answers', () => {
    const { clock, line, heard } = setUp({ connectTimeMs: 15_010 });
    clock.advance(15_000);
    expect(line().closedWith).toBe(1000);
    expect(heard).toEqual([['closed', { kind: 'lost', reason: 'no answer' }]]);
  });

  it('hears nothing more from a socket that it gave up', () => {
    const { clock, line, lines, heard } = setUp({ connectTimeMs: 60_000 });
    clock.advance(15_000);
    expect(line(0).closedWith).toBe(4000);
    line(0).open();
    clock.advance(50);
    expect(lines).toHaveLength(2);
    expect(heard).toEqual([['reconnecting', 1, 50]]);
  });

  it('does not come back where it never learned its channel', () => {
    const { line, heard } = setUp();
    line().open({});
    line().handlers.closed({ code: 1006, reason: 'gone' });
    expect(heard.at(-1)).toEqual(['closed', { kind: 'lost', reason: 'gone' }]);
  });

  it('shows its protocol by a first message where headers are hidden', () => {
    const { line } = setUp();
    line().open({});
    expect(line().sent).toEqual([{ type: MessageType.Sync, position: 0, payload: NONE }]);
  });

  it('takes a refused upgrade for the end, and an unwilling one for a loss', () => {
    const refused = setUp();
    refused.line().handlers.closed({ code: 1006, reason: '', httpStatus: 410 });
    expect(refused.heard).toEqual([['closed', { kind: 'refused', httpStatus: 410 }]]);
    const busy = setUp();
    busy.line().handlers.closed({ code: 1006, reason: '', httpStatus: 503 });
    expect(busy.heard).toEqual([['reconnecting', 1, 50]]);
  });

  it('ends with 1002 on a frame that is none', () => {
    const { line, heard } = setUp();
    line().open();
    line().handlers.message(new Uint8Array(3));
    expect(line().closedWith).toBe(1002);
    expect(heard.at(-1)?.[1]).toMatchObject({ kind: 'protocol' });
  });

  it('says goodbye and waits for the answer when it is closed', () => {
    const { connection, line, heard } = setUp();
    line().open();
    connection.close();
    connection.close();
    expect(line().ofType(MessageType.Close)).toHaveLength(1);
    expect(heard).toEqual([]);
    line().tell(MessageType.Output, bytes('last'));
    line().tell(MessageType.Status, encodeStatus(StatusCode.Closed, 'Exit'));
    expect(heard.filter(([name]) => name !== 'status')).toEqual([
      ['output', 'last'],
      ['closed', { kind: 'ended' }],
    ]);
  });

  it('is closed after 2 s when nobody answers the goodbye', () => {
    const { clock, connection, line, heard } = setUp();
    line().open();
    connection.close();
    clock.advance(1_999);
    expect(heard).toEqual([]);
    clock.advance(1);
    expect(heard).toEqual([['closed', { kind: 'ended' }]]);
  });

  it('is closed at once while it is dialling or waiting', () => {
    const { connection, line, heard } = setUp();
    line().handlers.closed({ code: 1006, reason: '' });
    connection.close();
    expect(heard.at(-1)).toEqual(['closed', { kind: 'ended' }]);
  });

  it('stays paused over a reconnect', () => {
    const { clock, connection, line } = setUp();
    line().open();
    connection.setReadingPaused(true);
    expect(line().isPaused).toBe(true);
    line().handlers.closed({ code: 1006, reason: '' });
    clock.advance(50);
    expect(line().isPaused).toBe(true);
    connection.setReadingPaused(false);
    expect(line().isPaused).toBe(false);
  });

  it('paces input by the rate that it was told', () => {
    const { clock, connection, line, heard } = setUp();
    line().open();
    line().tell(MessageType.Status, encodeRate(2_048_000));
    expect(connection.send(new Uint8Array(100_000))).toBe(false);
    clock.advance(400);
    expect(heard).toEqual([['drained']]);
    expect(connection.queuedBytes).toBe(0);
  });
});
