/** Where a page ends in a list ordered by creation, newest first; ids break ties. */
export interface Keyset {
  readonly createdAtMs: number;
  readonly id: string;
}

/** Which rows of a list are wanted: those after a position, or those after a number of rows. */
export interface PageQuery {
  /** 1 or more. */
  readonly limit: number;
  readonly after?: Keyset | undefined;
  /** Rows to skip, 0 or more; only without `after`. */
  readonly offset?: number | undefined;
}

/** A page of a list. */
export interface Slice<T> {
  readonly items: readonly T[];
  /** Position of the last row when more rows follow it. */
  readonly next?: Keyset | undefined;
  /** Number of rows in the whole list, whatever the page. */
  readonly total: number;
}
