import { AppError } from '@sallyport/kernel';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isLogLevel, type LogLevel } from './logger.js';

/** What the agent takes from its surroundings; the only settings that are no command-line option. */
export interface AgentConfig {
  readonly logLevel: LogLevel;
  /** Locale of shells. */
  readonly lang: string;
  /** Where identity and key are kept unless `--state-dir` says otherwise. */
  readonly stateDir: string;
}

/**
 * Reads `SALLYPORT_LOG_LEVEL` and `LANG`.
 * @throws AppError `INVALID_ARGUMENT` naming the variable that is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env, uid = process.getuid?.()): AgentConfig {
  const logLevel = env['SALLYPORT_LOG_LEVEL'] ?? 'info';
  if (!isLogLevel(logLevel)) throw new AppError('INVALID_ARGUMENT', 'SALLYPORT_LOG_LEVEL is not a log level');
  return {
    logLevel,
    lang: env['LANG'] || 'C.UTF-8',
    stateDir: uid === 0 ? '/var/lib/sallyport-agent' : join(homedir(), '.local', 'state', 'sallyport-agent'),
  };
}
