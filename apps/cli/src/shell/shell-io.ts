import type { RawModeInput } from '../terminal/raw-terminal.js';
import type { SpinnerStream } from '../terminal/spinner.js';

/** Where a person types, or a pipe is read. */
export interface ShellInput extends RawModeInput {
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'end' | 'error', listener: () => void): unknown;
  removeAllListeners(event: 'data' | 'end' | 'error'): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** Where the shell's bytes go. */
export interface ShellOutput {
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
  /** False: wait for `drain`. */
  write(data: Uint8Array | string, done?: () => void): boolean;
  on(event: 'drain' | 'resize' | 'error', listener: () => void): unknown;
  removeListener(event: 'drain' | 'resize' | 'error', listener: () => void): unknown;
}

/** Signals that end a program, and its exit. */
export interface ProcessSignals {
  on(event: EndSignal | 'exit', listener: () => void): unknown;
  removeListener(event: EndSignal | 'exit', listener: () => void): unknown;
}

/** Signals after which the session is closed in good order. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One of {@link END_SIGNALS}. */
export type EndSignal = (typeof END_SIGNALS)[number];

/** The streams and signals of the process. */
export interface ShellIo {
  readonly stdin: ShellInput;
  readonly stdout: ShellOutput;
  readonly stderr: SpinnerStream;
  readonly signals: ProcessSignals;
  /** Called in raw mode: from now on the terminal changes no byte that it is given. */
  leaveOutputAlone(): void;
}
