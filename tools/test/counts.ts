/** How a run of the suite came out. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

/** The part of vitest's JSON report that is read. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Counts tests, and as one failed test each: a file that failed as a whole, and a run that failed for any other reason.
 * @param report  undefined when vitest ended before it wrote one
 * @param status  vitest's exit status
 */
export function countTests(report: TestReport | undefined, status: number | null): TestCounts {
  const brokenFiles = (report?.testResults ?? []).filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const failed = (report?.numFailedTests ?? 0) + brokenFiles.length;
  return { passed: report?.numPassedTests ?? 0, failed: failed === 0 && status !== 0 ? 1 : failed };
}
