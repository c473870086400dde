import { constants } from 'node:os';

/** Sallyport's own failure, told apart from most shells' statuses the way `ssh` does it. */
export const EXIT_FAILURE = 255;

/** What a shell reports for a process ended by `signal` (`SIGTERM` → 143); {@link EXIT_FAILURE} for an unknown name. */
export function exitCodeOfSignal(signal: string): number {
  const number = (constants.signals as Partial<Record<string, number>>)[signal];
  return number === undefined ? EXIT_FAILURE : 128 + number;
}
