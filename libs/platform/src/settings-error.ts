/**
 * The start stops: something in the environment, or a file it names, cannot be used.
 * `message` has one line per problem, each beginning with the variable's name; a variable's value is never in it.
 */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  /** @param problems one line each, at least one */
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** Short name of a system error (`ENOENT`), for messages that must not repeat a path or a value. */
export const systemErrorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
