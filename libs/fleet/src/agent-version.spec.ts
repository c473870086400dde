import { describe, expect, it } from 'vitest';
import { supportsForwarding, supportsSessions } from './agent-version.js';

/** Version, then whether Linux and Windows agents of it hold sessions, then whether they forward ports. */
const TABLE: readonly (readonly [string, boolean, boolean, boolean, boolean])[] = [
  // Numbered releases are judged, number by number.
  ['2.0.9.999', false, false, false, false],
  ['2.1.3.188', false, false, false, false],
  ['2.1.3.189', false, true, false, false],
  ['2.1.3.256', false, true, false, false],
  ['2.1.3.257', false, true, false, true],
  ['2.2.3.188', false, true, false, true],
  ['2.2.3.189', true, true, false, true],
  ['2.2.3.256', true, true, false, true],
  ['2.2.3.257', true, true, true, true],
  ['2.2.3', false, true, false, true],
  ['2.2.4', true, true, true, true],
  ['2.10.0.0', true, true, true, true],
  ['10.0', true, true, true, true],
  // Builds from public source, our own, and what has no numbers can do everything.
  ['1.0.0.1', true, true, true, true],
  ['1.999.999.999', true, true, true, true],
  ['0.1.0', true, true, true, true],
  ['', true, true, true, true],
  ['2', true, true, true, true],
  ['2.2.3.1-beta', true, true, true, true],
  ['2.2.-3.1', true, true, true, true],
  ['2..3.1', true, true, true, true],
  ['custom', true, true, true, true],
  [`2.2.3.${'9'.repeat(400)}`, true, true, true, true],
];

describe('agent versions', () => {
  it.each(TABLE)('"%s": sessions %s and %s, forwarding %s and %s', (version, ...expected) => {
    expect([
      supportsSessions(version, 'linux'),
      supportsSessions(version, 'windows'),
      supportsForwarding(version, 'linux'),
      supportsForwarding(version, 'windows'),
    ]).toEqual(expected);
  });

  it('reads the operating system in any case, and takes what it does not know for Linux', () => {
    expect(['Windows', 'WINDOWS', 'freebsd', ''].map((os) => supportsSessions('2.1.3.189', os))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
