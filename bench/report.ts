import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Bench, Figure } from './bench.js';

const OUT = fileURLToPath(new URL('./out/', import.meta.url));

/** Prints a benchmark's figures as a table. */
export function print({ name, what }: Bench, figures: readonly Figure[]): void {
  process.stdout.write(`\n${name}: ${what}\n`);
  const rows = figures.map(({ name: figure, value, unit, goal, anchor }) => [
    figure,
    `${value.toPrecision(4)} ${unit}`,
    goal ?? '',
    anchor ? `${anchor.ratio.toFixed(2)} × ${anchor.name}` : '',
  ]);
  const table = [['figure', 'value', 'goal', 'beside'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table)
    process.stdout.write(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}

/** Keeps a run as JSON, with machine and commit. @returns the file's name */
export function keep(results: Readonly<Record<string, readonly Figure[]>>): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: totalmem() / 2 ** 30,
    node: process.version,
  };
  mkdirSync(OUT, { recursive: true });
  const file = `${OUT}${new Date().toISOString().replaceAll(':', '')}-${commit}.json`;
  writeFileSync(file, `${JSON.stringify({ commit, machine, results }, undefined, 2)}\n`);
  return file;
}
