const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** How much is logged: this level and those after it. */
export type LogLevel = (typeof LEVELS)[number];

/** Whether `text` names a level. */
export const isLogLevel = (text: string): text is LogLevel => (LEVELS as readonly string[]).includes(text);

/** Values that go with a log line. Never keystrokes, payload, keys, codes or signatures. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one JSON line per event; the message is a fixed phrase, what varies goes into fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** @param write  takes a line without its end; standard error by default */
export function createLogger(
  level: LogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
): Logger {
  const at =
    (name: LogLevel) =>
    (msg: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(name) < LEVELS.indexOf(level)) return;
      write(JSON.stringify({ level: name, time: Date.now(), msg, ...fields }));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
