import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AccountId, SessionId } from '@sallyport/kernel';
import { openDatabase, type Database } from '@sallyport/persistence';
import { until } from '@sallyport/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account } from '../contract/builders.js';

const isRoot = process.getuid?.() === 0;
const ENOUGH_SESSIONS = 40;

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sallyport-embedded-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

const open = (folder = dataDir): Promise<Database> => openDatabase({ kind: 'embedded', dataDir: folder });

const postmasterPid = (): number =>
  Number.parseInt(readFileSync(join(dataDir, 'pg', 'data', 'postmaster.pid'), 'utf8'), 10);

const isRunning = (pid: number): boolean => {
  // An ended process that nobody has waited for yet is not running.
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') Z';
  return !stat.includes(') Z');
};

/** A process that opens `dataDir` and stores sessions without a pause, telling each one that is committed. */
interface Writer {
  readonly child: ChildProcess;
  readonly accountId: AccountId;
  readonly committed: readonly SessionId[];
}

async function startWriter(): Promise<Writer> {
  const program = fileURLToPath(new URL('./write-sessions.child.ts', import.meta.url));
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(program, [dataDir], { execArgv: ['-C', 'source', '--import', loader] });
  const [accountId] = (await once(child, 'message')) as [AccountId];
  const committed: SessionId[] = [];
  child.on('message', (id: SessionId) => committed.push(id));
  return { child, accountId, committed };
}

async function expectAllThere(database: Database, { accountId, committed }: Writer): Promise<void> {
  const stored = await Promise.all(committed.map((id) => database.sessions.find(accountId, id)));
  expect(stored.map((record) => record?.id)).toEqual(committed);
}

// Each test makes a database of its own, seconds of work on a busy machine.
describe('embedded database', { timeout: 120_000 }, () => {
  it('keeps what was stored over a restart, and leaves no process behind', async () => {
    const made = account();
    const first = await open();
    const pid = postmasterPid();
    await first.accounts.insert(made);
    await first.close();
    expect(isRunning(pid)).toBe(false);
    const second = await open();
    expect(await second.accounts.first()).toEqual(made);
    await second.close();
  });

  it('loses no committed session when its server is killed in the middle of work', async () => {
    const writer = await startWriter();
    await until('sessions to be committed', () => writer.committed.length >= ENOUGH_SESSIONS, 30_000);
    const orphan = postmasterPid();
    writer.child.kill('SIGKILL');
    await once(writer.child, 'exit');
    const database = await open();
    expect(isRunning(orphan)).toBe(false);
    await expectAllThere(database, writer);
    await database.close();
  });

  it('loses no committed session when its server and itself are killed in the middle of work', async () => {
    const writer = await startWriter();
    await until('sessions to be committed', () => writer.committed.length >= ENOUGH_SESSIONS, 30_000);
    // The server first, so that it does not start the database again.
    writer.child.kill('SIGSTOP');
    process.kill(postmasterPid(), 'SIGKILL');
    writer.child.kill('SIGKILL');
    await once(writer.child, 'exit');
    const database = await open();
    await expectAllThere(database, writer);
    await database.close();
  });

  it('comes back when it is killed alone; calls meanwhile are refused as retryable', async () => {
    const database = await open();
    await database.accounts.insert(account());
    const pid = postmasterPid();
    process.kill(pid, 'SIGKILL');
    const refusal = await until('a refused call', () =>
      database.ping().then(
        () => false,
        (error: unknown) => error,
      ),
    );
    expect(refusal).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
    await until('the database to be back', () => database.ping().then(() => true), 20_000);
    expect(await database.accounts.first()).toBeDefined();
    expect(postmasterPid()).not.toBe(pid);
    await database.close();
  });

  it('is refused to a second server while the first one lives', async () => {
    const database = await open();
    const message = expect.stringMatching(/^SALLYPORT_DATA_DIR: .*in use by process/) as string;
    await expect(open()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message });
    await database.ping();
    await database.close();
  });

  it('works below a path that is too long for a socket', async () => {
    const parent = join(dataDir, 'long'.repeat(30));
    mkdirSync(parent);
    chmodSync(dataDir, 0o755);
    const database = await open(join(parent, 'data'));
    await database.ping();
    await database.close();
  });

  it('closes its files to everybody else', async () => {
    const database = await open();
    const modeOf = (path: string) => statSync(path).mode & 0o777;
    expect(modeOf(dataDir)).toBe(isRoot ? 0o711 : 0o700);
    expect(modeOf(join(dataDir, 'pg'))).toBe(0o700);
    expect(modeOf(join(dataDir, 'pg.password'))).toBe(0o600);
    expect(statSync(join(dataDir, 'pg', 'data')).uid === 0).toBe(false);
    await database.close();
  });

  it('lies in the data directory, or elsewhere when its user could not reach that', async () => {
    const folder = join(dataDir, 'closed', 'data');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = await open(folder);
    await database.accounts.insert(account());
    await database.close();
    const home = realpathSync(join(folder, 'pg'));
    // Only a database that runs as another user than we do is shut out by our folders.
    expect(lstatSync(join(folder, 'pg')).isSymbolicLink()).toBe(isRoot);
    expect(home.startsWith('/var/lib/sallyport/')).toBe(isRoot);
    const again = await open(folder);
    expect(await again.accounts.first()).toBeDefined();
    await again.close();
    if (isRoot) rmSync(join(home, '..'), { recursive: true });
  });
});
