import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { launch } from './child-process.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

const run = promisify(execFile);
const SSHD = '/usr/sbin/sshd';

/** An OpenSSH server on loopback that lets one throw-away key in, as the user who runs the tests. */
export interface TestSshd {
  readonly port: number;
  /** Private key file for `ssh -i`. */
  readonly keyFile: string;
  /** `known_hosts` text for the server's key, with `*` as the host. */
  readonly knownHosts: string;
  stop(): Promise<void>;
}

/** Starts Debian's own sshd with its own keys and configuration. @throws Error when openssh-server is not installed */
export async function launchSshd(): Promise<TestSshd> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-sshd-'));
  const hostKey = join(folder, 'host');
  const keyFile = join(folder, 'client');
  for (const file of [hostKey, keyFile])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  const port = await freePort();
  await writeFile(join(folder, 'authorized_keys'), await readFile(`${keyFile}.pub`));
  await chmod(join(folder, 'authorized_keys'), 0o600);
  await writeFile(join(folder, 'config'), configuration(folder, port));
  // Debian's sshd wants its privilege separation folder, which only a boot script makes.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const server = await launch({
    command: SSHD,
    args: ['-D', '-e', '-f', join(folder, 'config')],
    name: 'sshd',
  });
  await until(
    () => `sshd to listen: ${server.stderr}`,
    () => answers(port),
  );
  const [type, key] = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ');
  return {
    port,
    keyFile,
    knownHosts: `* ${type ?? ''} ${key ?? ''}\n`,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const configuration = (folder: string, port: number): string =>
  [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    '',
  ].join('\n');

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false));
    probe.once('connect', () => probe.destroy());
  });
