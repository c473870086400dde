import { describe, expect, it } from 'vitest';
import { countTests, type TestReport } from './counts.js';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((each) => ({ status: each })),
});
const report = (
  numPassedTests: number,
  numFailedTests: number,
  ...testResults: TestReport['testResults']
) => ({
  numPassedTests,
  numFailedTests,
  testResults,
});

describe('countTests', () => {
  it('counts the tests', () => {
    expect(countTests(report(2, 0, file('passed', 'passed', 'passed')), 0)).toEqual({ passed: 2, failed: 0 });
    expect(countTests(report(1, 1, file('failed', 'passed', 'failed')), 1)).toEqual({ passed: 1, failed: 1 });
  });

  it('counts a file that could not be loaded', () => {
    expect(countTests(report(1, 0, file('passed', 'passed'), file('failed')), 1)).toEqual({
      passed: 1,
      failed: 1,
    });
  });

  it('counts a run that failed although each test passed', () => {
    expect(countTests(report(1, 0, file('passed', 'passed')), 1)).toEqual({ passed: 1, failed: 1 });
  });

  it('counts a run that left no report', () => {
    expect(countTests(undefined, null)).toEqual({ passed: 0, failed: 1 });
  });
});
