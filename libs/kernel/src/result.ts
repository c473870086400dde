/** Outcome of something whose failure is ordinary: branch on `ok`, nothing is thrown. */
export type Result<T, E> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** A successful {@link Result}. */
export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

/** A failed {@link Result}. */
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error });
