/**
 * `npm test`: provides what the suite needs, builds, runs every tier. Arguments go to vitest. The last line is
 * `N passed, N failed`; the exit status is 0 only when nothing failed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countTests, type TestCounts, type TestReport } from './test/counts.js';
import { provideNeeds } from './test/needs.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

function build(): void {
  const { status } = spawnSync(process.execPath, [join(root, 'tools/build.mjs')], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function runTests(args: readonly string[]): TestCounts {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-report-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const options = { cwd: root, stdio: 'inherit' } as const;
    const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], options);
    return countTests(readReport(report), status);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns undefined when vitest ended before it wrote one */
function readReport(file: string): TestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestReport;
  } catch {
    return undefined;
  }
}

const missing = provideNeeds();
if (missing.length > 0) {
  console.error(`The tests need ${missing.join('; ')}.`);
  process.exit(1);
}
build();
const { passed, failed } = runTests(process.argv.slice(2));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
