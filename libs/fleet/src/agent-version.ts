/** `a.b.c.d` as numbers; undefined for any other text. */
function numbersOf(version: string): readonly number[] | undefined {
  const parts = version.split('.');
  if (parts.length < 2 || !parts.every((part) => /^\d{1,9}$/.test(part))) return undefined;
  return parts.map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Whether `version` is at least `minimum`. Only numbered releases from 2.x on are judged: agents built from public source
 * call themselves 1.0.0.1 and can do everything, and so can ours (0.x) and unknown forms.
 */
function isAtLeast(version: string, minimum: string): boolean {
  const actual = numbersOf(version);
  const needed = numbersOf(minimum);
  if (!actual || !needed || (actual[0] ?? 0) < 2) return true;
  return compare(actual, needed) >= 0;
}

const isWindows = (osType: string): boolean => osType.toLowerCase() === 'windows';

/** Whether an agent release can hold terminal sessions (actions, DescribeCloudAssistantStatus). */
export const supportsSessions = (version: string, osType: string): boolean =>
  isAtLeast(version, isWindows(osType) ? '2.1.3.189' : '2.2.3.189');

/** Whether an agent release can forward ports: one newer than x.y.3.256 (actions, StartTerminalSession). */
export const supportsForwarding = (version: string, osType: string): boolean =>
  isAtLeast(version, isWindows(osType) ? '2.1.3.257' : '2.2.3.257');
