/**
 * Polls until `probe` gives something other than `false`, `null` or `undefined`, and returns it.
 * @param what        said in the error: what was waited for; a function is asked when the wait fails
 * @param deadlineMs  how long to wait, wall clock
 * @throws Error when the deadline passes; the last error of `probe`, if it threw, is its cause
 */
export async function until<T>(
  what: string | (() => string),
  probe: () => T | Promise<T>,
  deadlineMs = 10_000,
): Promise<Exclude<T, false | null | undefined>> {
  const endMs = Date.now() + deadlineMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== false && value !== null && value !== undefined)
        return value as Exclude<T, false | null | undefined>;
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= endMs) {
      const told = typeof what === 'string' ? what : what();
      throw new Error(`waited ${deadlineMs} ms for: ${told}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
