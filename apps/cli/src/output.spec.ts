import { describe, expect, it } from 'vitest';
import { formatJson, formatRows, type Column } from './output.js';

interface Row {
  readonly name: string;
  readonly count: number | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { heading: 'NAME', value: (row) => row.name },
  { heading: 'COUNT', value: (row) => row.count },
];

describe('formatRows', () => {
  it('aligns columns and shows what is absent as a dash', () => {
    const rows = [
      { name: 'longer-name', count: 7 },
      { name: '', count: undefined },
    ];
    expect(formatRows('table', rows, COLUMNS)).toBe('NAME         COUNT\nlonger-name  7\n-            -\n');
  });

  it('shows headings alone when there is nothing', () => {
    expect(formatRows('table', [], COLUMNS)).toBe('NAME  COUNT\n');
    expect(formatRows('json', [], COLUMNS)).toBe('[]\n');
  });

  it('prints the rows themselves as JSON', () => {
    const rows = [{ name: 'a', count: 1 }];
    expect(JSON.parse(formatRows('json', rows, COLUMNS))).toEqual(rows);
    expect(formatJson({ a: 1 })).toBe('{\n  "a": 1\n}\n');
  });

  it('lets no control character of another machine reach the terminal', () => {
    const rows = [{ name: 'a\u001b[31mb\u009bc\nd\u007f', count: 0 }];
    expect(formatRows('table', rows, COLUMNS)).toBe('NAME          COUNT\na?[31mb?c?d?  0\n');
  });
});
