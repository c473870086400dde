import { checkWhole, putU16, u16 } from './bytes.js';

/** Size of a terminal in character cells, each 1 … 32,767. */
export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

const MAX_CELLS = 0x7fff;
const BINARY_BYTES = 4;
/** Room for a few more members than the two; whatever is longer is no size. */
const MAX_JSON_BYTES = 256;

const isCells = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_CELLS;

function checkSize(size: TerminalSize): void {
  checkWhole('rows', size.rows, 1, MAX_CELLS);
  checkWhole('cols', size.cols, 1, MAX_CELLS);
}

/**
 * The form of clients and of own agents: i16 rows, i16 columns.
 * @throws RangeError on a size out of range
 */
export function encodeResizeBinary(size: TerminalSize): Uint8Array<ArrayBuffer> {
  checkSize(size);
  const payload = new Uint8Array(BINARY_BYTES);
  putU16(payload, 0, size.rows);
  putU16(payload, 2, size.cols);
  return payload;
}

/**
 * The form of stock agents: `{"cols":C,"rows":R}`.
 * @throws RangeError on a size out of range
 */
export function encodeResizeJson(size: TerminalSize): Uint8Array<ArrayBuffer> {
  checkSize(size);
  return new TextEncoder().encode(`{"cols":${size.cols},"rows":${size.rows}}`);
}

/** Reads either form. @returns undefined when it is neither, or the size is out of range */
export function decodeResize(payload: Uint8Array): TerminalSize | undefined {
  // 123 rows begin with a brace as well: the length tells the forms apart.
  const size =
    payload.length === BINARY_BYTES ? { rows: u16(payload, 0), cols: u16(payload, 2) } : parseSize(payload);
  return size !== undefined && isCells(size.rows) && isCells(size.cols)
    ? { rows: size.rows, cols: size.cols }
    : undefined;
}

function parseSize(payload: Uint8Array): { rows?: unknown; cols?: unknown } | undefined {
  if (payload.length > MAX_JSON_BYTES) return undefined;
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(payload));
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
