import { AppError } from '@sallyport/kernel';
import { loadSettings, SettingsError } from '@sallyport/platform';
import { startServer, type RunningServer } from './app.js';

/** Says in as few lines as possible why the node does not start. */
function refuseStart(error: unknown): never {
  if (error instanceof SettingsError || error instanceof AppError) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

/** A node that is told to stop leaves within this time, whatever hangs. */
const STOP_WITHIN_MS = 30_000;

function stopOn(server: RunningServer): void {
  const stop = (): void => {
    setTimeout(() => process.exit(1), STOP_WITHIN_MS);
    server.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
}

try {
  stopOn(await startServer(loadSettings(process.env)));
} catch (error) {
  refuseStart(error);
}
