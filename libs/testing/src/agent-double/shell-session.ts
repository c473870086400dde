import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { AgentMessage, readRate, readResize, type IncomingMessage } from './agent-frames.js';
import { incompleteTailBytes, pauseMsAt, SHELL_PACING } from './pacing.js';
import { PtyOutput, type PtyOptions } from './pty-output.js';
import { cancellationOf, START_DELAY_MS } from './session-task.js';
import type { SessionEnd, SessionKind, SessionWork } from './session-task.js';
import { sleep } from './sleep.js';

const FIRST_READ_DELAY_MS = 1_000;

/**
 * A shell as the stock agent runs it (wire §2.5, §2.6), except that the default user `ecs-assist-user` is played by
 * whoever runs the test.
 */
export class ShellSession implements SessionKind {
  #pty: PtyOutput | undefined;
  #pauseMs = SHELL_PACING.defaultPauseMs;

  constructor(private readonly work: SessionWork) {}

  async run(): Promise<SessionEnd> {
    const { task, clock, cancelled, crash } = this.work;
    if (task.flowLimit > 0) {
      const pauseMs = pauseMsAt(task.flowLimit, SHELL_PACING);
      if (pauseMs === undefined) {
        crash(`flowLimit ${task.flowLimit} divides by zero`);
        return { errorcode: 'Unknown_error' };
      }
      this.#pauseMs = pauseMs;
    }
    await sleep(clock, START_DELAY_MS, cancelled);
    if (cancelled.aborted) return { errorcode: cancellationOf(cancelled) };
    const program = shellProgram(task.cmdContent, task.username);
    if ('message' in program) return { errorcode: 'Open_pty_failed', message: program.message };
    return await this.#serve(new PtyOutput(program));
  }

  receive({ type, payload }: IncomingMessage): string | undefined {
    if (type === AgentMessage.Status) return this.#takeStatus(payload);
    if (type === AgentMessage.Input) this.#takeInput(payload);
    else if (type === AgentMessage.Resize) this.#takeResize(payload);
    else this.work.observe('ignored', `message of type ${type}`);
    return undefined;
  }

  async #serve(pty: PtyOutput): Promise<SessionEnd> {
    const { clock, cancelled } = this.work;
    this.#pty = pty;
    const kill = (): void => pty.kill();
    cancelled.addEventListener('abort', kill);
    if (cancelled.aborted) kill();
    await sleep(clock, FIRST_READ_DELAY_MS, cancelled);
    const end = await this.#pump(pty);
    cancelled.removeEventListener('abort', kill);
    pty.kill();
    return end;
  }

  async #pump(pty: PtyOutput): Promise<SessionEnd> {
    const { channel, clock, cancelled } = this.work;
    let held: Buffer = Buffer.alloc(0);
    for (;;) {
      const bytes = await pty.read(SHELL_PACING.readBytes);
      if (cancelled.aborted) return { errorcode: cancellationOf(cancelled) };
      if (bytes === undefined && held.length === 0) return { errorcode: 'Ok' };
      const whole = Buffer.concat([held, bytes ?? Buffer.alloc(0)]);
      const cut = bytes === undefined ? whole.length : whole.length - incompleteTailBytes(whole);
      held = whole.subarray(cut);
      try {
        if (cut > 0) await channel.send(whole.subarray(0, cut));
      } catch (error) {
        return { errorcode: 'Process_data_error', message: String(error) };
      }
      if (this.#pauseMs > 0) await sleep(clock, this.#pauseMs, cancelled);
    }
  }

  #takeInput(payload: Buffer): void {
    if (this.#pty) this.#pty.write(payload);
    else if (payload.length > 0) this.work.observe('ignored', 'input before the shell started');
  }

  #takeResize(payload: Buffer): void {
    const size = readResize(payload);
    if (size === undefined) this.work.observe('error', `resize that is not JSON: ${payload.toString('hex')}`);
    else if (this.#pty) this.#pty.resize(size.cols, size.rows);
    else this.work.observe('ignored', 'resize before the shell started');
  }

  #takeStatus(payload: Buffer): string | undefined {
    const bitsPerSecond = readRate(payload);
    if (bitsPerSecond === undefined || bitsPerSecond === 0) {
      this.work.observe('ignored', `status ${payload.toString('hex')}`);
      return undefined;
    }
    const pauseMs = pauseMsAt(bitsPerSecond, SHELL_PACING);
    if (pauseMs === undefined) return `rate ${bitsPerSecond} divides by zero`;
    this.#pauseMs = pauseMs;
    return undefined;
  }
}

/** What to start, or why the agent cannot (transcript 07). */
function shellProgram(command: string, username: string): PtyOptions | { message: string } {
  const self = userInfo();
  const user = username === '' || username === 'ecs-assist-user' ? undefined : findUser(username);
  if (username !== '' && username !== 'ecs-assist-user' && username !== self.username && !user)
    return { message: `failed to start pty since RunAs user ${username} does not exist` };
  if (user && (user.uid === 0 || user.gid === 0)) return { message: 'invalid uid and gid' };
  const [program = 'bash', ...args] = splitCommand(command);
  if (!isOnPath(program))
    return { message: `Failed to start pty: fork/exec ${program}: no such file or directory\n` };
  if (!user) return { program, args, home: self.homedir };
  return { program, args, home: user.home, uid: user.uid, gid: user.gid };
}

function findUser(name: string): { uid: number; gid: number; home: string } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (line === undefined) return undefined;
  const [, , uid, gid, , home] = line.split(':');
  return { uid: Number(uid), gid: Number(gid), home: home ?? '/' };
}

const isOnPath = (program: string): boolean =>
  program.includes('/')
    ? existsSync(program)
    : (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

/** Splits a command line at spaces, with quotes and backslashes as in a POSIX shell. */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  const pattern = /((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+)/gs;
  for (const [word] of command.matchAll(pattern))
    words.push(
      word.replace(
        /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs,
        (_all, double?: string, single?: string, escaped?: string) =>
          double === undefined ? (single ?? escaped ?? '') : double.replace(/\\(["\\$`])/g, '$1'),
      ),
    );
  return words;
}
