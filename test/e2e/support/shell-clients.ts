import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Browser102, Cli101Terminal, OutputLog, PtyOutput } from '@sallyport/testing';
import type { Deployment, StartedSession } from './deployment.js';

/** The three clients of the matrix. */
export type ClientKind = 'cli-1.01' | 'browser-1.02' | 'own-cli';
export const CLIENT_KINDS: readonly ClientKind[] = ['cli-1.01', 'browser-1.02', 'own-cli'];

/** How a client ended. */
export interface ShellEnd {
  /** What it told its user: the reason, or a sentence about it. */
  readonly said: string;
  /** Exit status, where the client is a program. */
  readonly exitCode?: number;
}

/** A person at a terminal, whatever the client between. */
export interface ShellClient {
  readonly output: OutputLog;
  /** Only known where the client is given a session rather than starting one. */
  readonly sessionId: string | undefined;
  readonly ended: Promise<ShellEnd>;
  type(text: string | Uint8Array): void;
  resize(rows: number, cols: number): void;
  /** Goes away as this client does. */
  leave(): void;
}

const OWN_CLI = fileURLToPath(new URL('../../../apps/cli/bin/sallyport.js', import.meta.url));
const SIZE = { rows: 31, cols: 101 };

/** Opens a shell on an instance; returns when the shell has shown its prompt. */
export async function openShell(
  kind: ClientKind,
  deployment: Deployment,
  instanceId: string,
): Promise<ShellClient> {
  const client = await connect(kind, deployment, instanceId);
  await client.output.match(/[$#] $/, 15_000);
  return client;
}

async function connect(kind: ClientKind, deployment: Deployment, instanceId: string): Promise<ShellClient> {
  if (kind === 'own-cli') return openOwnCli(deployment, instanceId);
  const session = await deployment.startSession(instanceId);
  return kind === 'cli-1.01' ? await openCli(deployment, session) : await openBrowser(deployment, session);
}

async function openCli({ server: { ca } }: Deployment, session: StartedSession): Promise<ShellClient> {
  const cli = await Cli101Terminal.open({ url: session.url, ca, size: SIZE });
  return {
    output: cli.output,
    sessionId: session.sessionId,
    ended: cli.ended.then(({ printed }) => ({ said: printed.trimEnd() })),
    type: (text) => cli.type(text),
    resize: (rows, cols) => cli.resize(rows, cols),
    leave: () => cli.terminate(),
  };
}

async function openBrowser({ server: { ca } }: Deployment, session: StartedSession): Promise<ShellClient> {
  const browser = await Browser102.open({ url: session.url, ca, size: SIZE });
  return {
    output: browser.output,
    sessionId: session.sessionId,
    ended: browser.ended.then(({ reason }) => {
      if (browser.complaints.length > 0) throw new Error(browser.complaints.join('; '));
      return { said: reason };
    }),
    type: (text) => browser.type(text),
    resize: (rows, cols) => browser.resize(rows, cols),
    leave: () => browser.close(),
  };
}

function openOwnCli({ server }: Deployment, instanceId: string): ShellClient {
  const terminal = new PtyOutput({
    program: process.execPath,
    args: [OWN_CLI, 'session', instanceId],
    home: homedir(),
    size: SIZE,
    env: {
      SALLYPORT_ENDPOINT: server.httpUrl,
      SALLYPORT_ACCESS_KEY_ID: server.root.accessKeyId,
      SALLYPORT_ACCESS_KEY_SECRET: server.root.accessKeySecret,
      NODE_EXTRA_CA_CERTS: `${server.dataDir}/tls/ca.pem`,
    },
  });
  const output = new OutputLog();
  const drained = collect(terminal, output);
  return {
    output,
    sessionId: undefined,
    ended: Promise.all([terminal.ended, drained]).then(([{ exitCode }]) => ({
      said: output.text().slice(-400),
      exitCode,
    })),
    type: (text) => terminal.write(Buffer.from(text as string)),
    resize: (rows, cols) => terminal.resize(cols, rows),
    leave: () => terminal.write(Buffer.from('\r~.')),
  };
}

async function collect(terminal: PtyOutput, output: OutputLog): Promise<void> {
  for (;;) {
    const bytes = await terminal.read(65_536);
    if (bytes === undefined) return;
    output.add(bytes);
  }
}
