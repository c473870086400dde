/** A failure as a person reads it: what could not be done and why, then what to do about it. */
export class CliError extends Error {
  /** What to do, in full sentences or a command; absent when nothing sensible can be said. */
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliError';
    this.hint = options.hint;
  }
}
