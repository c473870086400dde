import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Child, DemoError } from './child.js';
import { inRepository, type DemoFolder } from './folder.js';

const READY_WITHIN_MS = 90_000;
/** Levels that print the line by which the server says that it is ready. */
const TALKATIVE = new Set(['trace', 'debug', 'info']);

/** A server that runs, and how to call it. */
export interface DemoServer {
  readonly child: Child;
  /** Without a final slash. */
  readonly url: string;
  readonly accessKey: { readonly accessKeyId: string; readonly accessKeySecret: string };
  /** PEM file of the authority that the server made for itself, when it has one. */
  readonly caFile: string | undefined;
}

/** Starts the server on a free port without waiting for it; settings of the environment apply. */
export function launchServer(folder: DemoFolder): Child {
  const level = process.env['SALLYPORT_LOG_LEVEL'] ?? 'info';
  return new Child({
    logFile: folder.log('server'),
    args: [inRepository('apps/server/bin/sallyport-server.js')],
    env: {
      SALLYPORT_HTTP_PORT: '0',
      SALLYPORT_HTTPS_PORT: 'off',
      ...process.env,
      SALLYPORT_DATA_DIR: folder.path,
      SALLYPORT_LOG_LEVEL: TALKATIVE.has(level) ? level : 'info',
    },
  });
}

/** @throws DemoError when the server ends or is not ready in time */
export async function waitForServer(child: Child, folder: DemoFolder): Promise<DemoServer> {
  try {
    const url = await child.waitForLine(readyUrl, READY_WITHIN_MS);
    const text = await readFile(join(folder.path, 'root-credentials.json'), 'utf8');
    const accessKey = JSON.parse(text) as DemoServer['accessKey'];
    return { child, url, accessKey, caFile: await findCa(folder) };
  } catch (error) {
    throw new DemoError(`the server ${(error as Error).message}`, child, folder.log('server'));
  }
}

function readyUrl(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  const entry = JSON.parse(line) as { msg?: string; httpUrl?: string; httpsUrl?: string };
  return entry.msg === 'server ready' ? (entry.httpUrl ?? entry.httpsUrl) : undefined;
}

async function findCa(folder: DemoFolder): Promise<string | undefined> {
  const file = join(folder.path, 'tls', 'ca.pem');
  return access(file).then(
    () => file,
    () => undefined,
  );
}
