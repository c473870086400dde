import type { SessionSocketHandlers } from '@sallyport/client';
import { FakeClock } from '@sallyport/testing';
import {
  decode,
  decodeResize,
  encodeExit,
  encodeOwn,
  encodeStatus,
  MessageType,
  StatusCode,
} from '@sallyport/wire';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Spinner } from '../terminal/spinner.js';
import { ShellSession } from './shell-session.js';

const CHANNEL = 'c'.repeat(32);
/** Raw mode first: entering it sets what is then switched off. */
const RAW = [true, 'no output processing'];
const NONE = new Uint8Array(0);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

class FakeInput extends EventEmitter {
  readonly modes: (boolean | string)[] = [];
  flow: string[] = [];
  constructor(readonly isTTY: boolean) {
    super();
  }
  setRawMode(isRaw: boolean): void {
    this.modes.push(isRaw);
  }
  pause(): void {
    this.flow.push('pause');
  }
  resume(): void {
    this.flow.push('resume');
  }
}

class FakeOutput extends EventEmitter {
  text = '';
  isFull = false;
  rows = 24;
  columns = 80;
  constructor(readonly isTTY: boolean) {
    super();
  }
  write(data: Uint8Array | string, done?: () => void): boolean {
    this.text += typeof data === 'string' ? data : new TextDecoder().decode(data);
    done?.();
    return !this.isFull;
  }
}

/** A session whose two outer ends, the terminal and the server, are played by the test. */
class Play {
  readonly clock = new FakeClock();
  readonly stdin: FakeInput;
  readonly stdout: FakeOutput;
  readonly signals = new EventEmitter();
  readonly sent: { type: number; payload: Uint8Array }[] = [];
  readonly paused: boolean[] = [];
  readonly result: Promise<number>;
  dials = 0;
  #handlers: SessionSocketHandlers | undefined;

  constructor({ isTTY = true, lastLine = 'complete' as const } = {}) {
    this.stdin = new FakeInput(isTTY);
    this.stdout = new FakeOutput(isTTY);
    const stderr = { write: () => true };
    const io = {
      stdin: this.stdin,
      stdout: this.stdout,
      stderr,
      signals: this.signals,
      leaveOutputAlone: () => this.stdin.modes.push('no output processing'),
    };
    const session = new ShellSession({
      url: 'ws://door.example/session?sessionId=s-1&token=t',
      clock: this.clock,
      io,
      lastLine,
      spinner: new Spinner(stderr),
      dial: (_url, _headers, handlers) => {
        this.dials += 1;
        this.#handlers = handlers;
        return {
          bufferedBytes: 0,
          send: (frame) => this.#note(frame),
          close: () => undefined,
          setPaused: (isPaused) => this.paused.push(isPaused),
        };
      },
    });
    this.result = session.run();
    // A test may look at the outcome late.
    this.result.catch(() => undefined);
  }

  get typed(): string {
    const input = this.sent.filter(({ type }) => type === MessageType.Input);
    return input.map(({ payload }) => new TextDecoder().decode(payload)).join('');
  }

  open(): this {
    this.#handlers?.opened({ channelId: CHANNEL, protocol: '1.03' });
    return this;
  }

  ready(): this {
    this.open();
    return this.tell(MessageType.Ready);
  }

  tell(type: number, payload: Uint8Array = NONE, position = 0): this {
    this.#handlers?.message(encodeOwn({ type, position, payload }));
    return this;
  }

  end(reason = 'Exit'): this {
    return this.tell(MessageType.Status, encodeStatus(StatusCode.Closed, reason));
  }

  lose(): void {
    this.#handlers?.closed({ code: 1006, reason: 'gone' });
  }

  type(text: string): this {
    this.stdin.emit('data', bytes(text));
    return this;
  }

  #note(frame: Uint8Array): void {
    const decoded = decode('own-1.03', frame);
    if (decoded.ok) this.sent.push(decoded.value);
  }
}

describe('ShellSession on a terminal', () => {
  it('prints exactly the bytes of the shell', async () => {
    const play = new Play().ready();
    play.tell(MessageType.Output, bytes('$ '));
    play.tell(MessageType.Output, bytes('hi\r\n'), 2);
    play.end();
    await play.result;
    expect(play.stdout.text).toBe('$ hi\r\n');
  });

  it('is raw during the session and as before afterwards', async () => {
    const play = new Play().ready();
    expect(play.stdin.modes).toEqual(RAW);
    play.end();
    await play.result;
    expect(play.stdin.modes).toEqual([...RAW, false]);
    expect(play.signals.eventNames()).toEqual([]);
    expect(play.stdin.eventNames()).toEqual([]);
    expect(play.stdout.eventNames()).toEqual([]);
    expect(play.clock.pendingTimers).toBe(0);
  });

  it.each([
    [
      'the session is refused',
      (play: Play) => play.open().tell(MessageType.Status, encodeStatus(StatusCode.Aborted, 'no')),
    ],
    ['a signal comes', (play: Play) => play.signals.emit('SIGTERM')],
    ['the process exits', (play: Play) => play.signals.emit('exit')],
    ['standard output is gone', (play: Play) => play.stdout.emit('error')],
    ['standard input is gone', (play: Play) => play.stdin.emit('error')],
  ])('gives the terminal back when %s', async (_how, happen) => {
    const play = new Play();
    happen(play);
    await Promise.race([play.result.catch(() => undefined), new Promise((resolve) => setImmediate(resolve))]);
    expect(play.stdin.modes).toEqual([...RAW, false]);
  });

  it('passes on the exit status of the shell', async () => {
    const play = new Play().ready();
    play.tell(MessageType.Exit, encodeExit({ code: 7 })).end();
    expect(await play.result).toBe(7);
  });

  it('takes the ordinary end of a shell whose agent reports no status for success', async () => {
    expect(await new Play().ready().end().result).toBe(0);
  });

  it('tells why any other end came', async () => {
    await expect(new Play().ready().end('AgentTimeout').result).rejects.toMatchObject({
      message: 'the agent of the instance did not come',
      hint: expect.stringContaining('sallyport instances') as string,
    });
    const sentence = 'IdleTimeout: session closed after too long without data.';
    await expect(new Play().ready().end(sentence).result).rejects.toThrow(sentence);
  });

  it('tells its size, and each new one', async () => {
    const play = new Play().ready();
    play.stdout.rows = 50;
    play.stdout.emit('resize');
    const sizes = play.sent
      .filter(({ type }) => type === MessageType.Resize)
      .map(({ payload }) => decodeResize(payload));
    expect(sizes[0]).toEqual({ rows: 24, cols: 80 });
    expect(sizes.at(-1)).toEqual({ rows: 50, cols: 80 });
    await play.end().result;
  });

  it('ends with 255 on ~. and says goodbye', async () => {
    const play = new Play().ready().type('ls\r').type('~.');
    expect(play.typed).toBe('ls\r');
    expect(play.sent.at(-1)?.type).toBe(MessageType.Close);
    play.end();
    expect(await play.result).toBe(255);
  });

  it('shows help on ~? and sends nothing', async () => {
    const play = new Play().ready().type('~?');
    expect(play.stdout.text).toContain('~.  end the session');
    expect(play.typed).toBe('');
    await play.end().result;
  });

  it('gives up on ^C before there is a shell, and sends it afterwards', async () => {
    const early = new Play().type('\u0003');
    expect(await early.result).toBe(130);
    const late = new Play().ready().type('\u0003');
    expect(late.typed).toBe('\u0003');
    await late.end().result;
  });

  it('keeps what is typed ahead', async () => {
    const play = new Play().type('ls\r').ready();
    expect(play.typed).toBe('ls\r');
    await play.end().result;
  });

  it('tells of a lost connection in the title only', async () => {
    const play = new Play().ready();
    play.tell(MessageType.Output, bytes('$ '));
    play.lose();
    expect(play.stdout.text).toBe('$ \u001b[22;2t\u001b]2;sallyport: connection lost, reconnecting\u0007');
    play.clock.advance(200);
    expect(play.dials).toBe(2);
    play.open();
    expect(play.stdout.text.endsWith('\u001b[23;2t')).toBe(true);
    await play.end().result;
  });

  it('slows the session down while the terminal is slow', async () => {
    const play = new Play().ready();
    play.stdout.isFull = true;
    play.tell(MessageType.Output, bytes('much'));
    expect(play.paused).toEqual([true]);
    play.stdout.emit('drain');
    expect(play.paused).toEqual([true, false]);
    await play.end().result;
  });
});

describe('ShellSession on pipes', () => {
  it('feeds its input, then ^D, and leaves the terminal alone', async () => {
    const play = new Play({ isTTY: false }).ready().type('~.\n');
    play.stdin.emit('end');
    expect(play.typed).toBe('~.\n\u0004');
    expect(play.sent.some(({ type }) => type === MessageType.Resize)).toBe(false);
    await play.end().result;
    expect(play.stdin.modes).toEqual([]);
  });

  it('stops reading its input while too much waits', async () => {
    const play = new Play({ isTTY: false }).ready();
    play.stdin.emit('data', new Uint8Array(200_000));
    expect(play.stdin.flow).toEqual(['pause']);
    play.clock.advance(10_000);
    expect(play.stdin.flow).toEqual(['pause', 'resume']);
    await play.end().result;
  });

  it('writes nothing about a lost connection', async () => {
    const play = new Play({ isTTY: false }).ready();
    play.lose();
    play.clock.advance(200);
    await play.open().end().result;
    expect(play.stdout.text).toBe('');
  });

  it('fails when output is missing', async () => {
    const play = new Play({ isTTY: false }).ready();
    play.tell(MessageType.Output, bytes('late'), 10);
    play.tell(MessageType.Exit, encodeExit({ code: 0 })).end();
    await expect(play.result).rejects.toThrow('10 bytes of output were lost');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('closes the session on %s and exits with %i', async (signal, status) => {
    const play = new Play({ isTTY: false }).ready();
    play.signals.emit(signal);
    expect(play.sent.at(-1)?.type).toBe(MessageType.Close);
    expect(await play.end().result).toBe(status);
  });
});
