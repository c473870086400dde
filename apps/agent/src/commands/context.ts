import type { AgentConfig } from '../config.js';
import type { StateDirectory } from '../identity/state-directory.js';

/** What commands are run with. */
export interface CommandContext {
  readonly config: AgentConfig;
  readonly openState: (path: string) => StateDirectory;
  /** A line for standard output. */
  readonly print: (line: string) => void;
  /** A line for standard error. */
  readonly warn: (line: string) => void;
}
