import { AppError } from '@sallyport/kernel';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Mark {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process: tells a process from a later one with its number. */
  readonly startTicks: string;
}

/** Field 22 of proc(5) stat, counted behind the command's name, which may have spaces itself. */
function startTicks(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\)\s/s, '')
      .split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Says which process runs the agent of a state directory, so that there is only one. */
export class RunningMark {
  readonly #file: string;

  constructor(stateDir: string) {
    this.#file = join(stateDir, 'running.json');
  }

  /** Process id of the agent that runs, if one does. */
  get pid(): number | undefined {
    const mark = this.#read();
    return mark && startTicks(mark.pid) === mark.startTicks ? mark.pid : undefined;
  }

  /** @throws AppError `INVALID_ARGUMENT` when another process runs this agent */
  claim(): void {
    const pid = this.pid;
    if (pid !== undefined && pid !== process.pid)
      throw new AppError('INVALID_ARGUMENT', `this agent runs already, as process ${pid}`);
    const mark: Mark = { pid: process.pid, startTicks: startTicks(process.pid) ?? '' };
    writeFileSync(this.#file, JSON.stringify(mark), { mode: 0o600 });
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }

  #read(): Mark | undefined {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Mark;
    } catch {
      return undefined;
    }
  }
}
