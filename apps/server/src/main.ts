import { AppError } from '@sallyport/kernel';
import { loadSettings, SettingsError } from '@sallyport/platform';
import { startServer, type RunningServer } from './app.js';

/** Says in as few lines as possible why the node does not start, or did not stop as it should. */
function refuse(error: unknown): never {
  if (error instanceof SettingsError || error instanceof AppError) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

/** A node that is told to stop leaves within this time, whatever hangs. */
const STOP_WITHIN_MS = 30_000;

/** Heard from the first moment: a node that is still starting starts, then stops. */
function stopOnSignal(starting: Promise<RunningServer>): void {
  let isStopping = false;
  const stop = (): void => {
    // Whoever asks again gets no quicker end: one that leaves the database behind.
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS);
    starting
      .then((server) => server.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => refuse(error),
      );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

try {
  const starting = startServer(loadSettings(process.env));
  stopOnSignal(starting);
  await starting;
} catch (error) {
  refuse(error);
}
