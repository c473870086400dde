/** One figure of a run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The goal it is held against, as text; figures without one are for information. */
  readonly goal?: string;
  /** Name of the figure of the same run that it is compared with, and value divided by that. */
  readonly anchor?: { readonly name: string; readonly ratio: number };
}

/** A benchmark; it starts what it needs and ends it. */
export interface Bench {
  readonly name: string;
  readonly what: string;
  run(): Promise<readonly Figure[]>;
}

/** The middle of the values (the lower one of two). */
export const median = (values: readonly number[]): number => percentile(values, 50);

/** @param p  0 to 100 */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? NaN;
}
