/** How lists are printed. */
export type OutputFormat = 'table' | 'json';

/** One cell; `undefined` shows as `-`. */
export type Cell = string | number | boolean | undefined;

/** A column of a table: its heading and the property it shows. */
export interface Column<Row> {
  readonly heading: string;
  readonly value: (row: Row) => Cell;
}

/** Names and texts come from other machines: a control character in one must not reach the terminal. */
// eslint-disable-next-line no-control-regex -- these are the characters that are replaced
const printable = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');

const show = (cell: Cell): string => (cell === undefined || cell === '' ? '-' : printable(String(cell)));

/** Text for standard output, with a final line break: aligned columns, or an array of the rows as they are. */
export function formatRows<Row>(
  format: OutputFormat,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): string {
  if (format === 'json') return formatJson(rows);
  const lines = [
    columns.map((column) => column.heading),
    ...rows.map((row) => columns.map((column) => show(column.value(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const pad = (line: readonly string[]): string =>
    line.map((text, index) => text.padEnd(widths[index] ?? 0)).join('  ');
  return lines.map((line) => `${pad(line).trimEnd()}\n`).join('');
}

/** `value` as indented JSON with a final line break. */
export const formatJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
