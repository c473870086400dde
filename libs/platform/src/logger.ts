import { pino, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from './environment.js';
import { redactText, redactValue } from './redaction.js';

export type { Logger } from 'pino';

/**
 * Makes the program's logger: JSON lines on standard output, readable text when that is a terminal. Everything it
 * writes, through children too, has passed the redaction of `redaction.ts`.
 * @param destination  takes the lines instead of standard output, always as JSON
 */
export async function createLogger(level: LogLevel, destination?: DestinationStream): Promise<Logger> {
  return pino(
    {
      level,
      // The process id and host name are the supervisor's to add.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactValue(fields) as Record<string, unknown>,
        bindings: (fields) => redactValue(fields) as Record<string, unknown>,
      },
      // Messages, and whatever a serializer put together after the formatters ran.
      hooks: { streamWrite: redactText },
    },
    destination ?? (await standardOutput()),
  );
}

async function standardOutput(): Promise<DestinationStream> {
  if (!process.stdout.isTTY) {
    const lines = pino.destination({ fd: 1, sync: true });
    // Whoever read the log may be gone; sessions are worth more than lines that nobody reads.
    lines.on('error', () => undefined);
    return lines;
  }
  const { default: pretty } = await import('pino-pretty');
  return pretty({ colorize: true, sync: true, translateTime: 'SYS:HH:MM:ss.l' });
}
