import { AppError } from '@sallyport/kernel';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../wait.js';
import { parseIdentity, type Identity } from './identity.js';

const IDENTITY = 'identity.json';
const PRIVATE_KEY = 'private-key.pem';

/** A registered agent: its identity and the key it signs with (PKCS#8, PEM). */
export interface Registered {
  readonly identity: Identity;
  readonly privateKeyPem: string;
}

/** The folder (0700) in which an agent keeps its identity and key (0600). One folder is one agent. */
export class StateDirectory {
  constructor(readonly path: string) {}

  /**
   * @returns undefined when nobody is registered here
   * @throws AppError `INVALID_ARGUMENT` when the files cannot be read or are damaged
   */
  load(): Registered | undefined {
    const text = this.#read(IDENTITY);
    if (text === undefined) return undefined;
    const identity = parseIdentity(text);
    const privateKeyPem = this.#read(PRIVATE_KEY);
    if (!identity || privateKeyPem === undefined)
      throw new AppError('INVALID_ARGUMENT', `the registration in ${this.path} is damaged`);
    return { identity, privateKeyPem };
  }

  /** @throws AppError `INVALID_ARGUMENT` when nobody is registered here */
  require(): Registered {
    const registered = this.load();
    if (registered) return registered;
    throw new AppError(
      'INVALID_ARGUMENT',
      `no agent is registered in ${this.path}; see "sallyport-agent register --help"`,
    );
  }

  /** Makes the folder. @throws AppError `INVALID_ARGUMENT` when it cannot be used */
  prepare(): void {
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      chmodSync(this.path, 0o700);
    } catch (error) {
      throw unusable(this.path, error);
    }
  }

  /** Stores a registration, whole or not at all: the identity, which makes it count, comes last. */
  save({ identity, privateKeyPem }: Registered): void {
    this.#write(PRIVATE_KEY, privateKeyPem);
    this.#write(IDENTITY, `${JSON.stringify(identity, undefined, 2)}\n`);
  }

  /** Forgets the registration. */
  clear(): void {
    for (const name of [IDENTITY, PRIVATE_KEY]) rmSync(join(this.path, name), { force: true });
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(join(this.path, name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw unusable(this.path, error);
    }
  }

  #write(name: string, text: string): void {
    const file = join(this.path, name);
    try {
      rmSync(`${file}.new`, { force: true });
      writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
    } catch (error) {
      throw unusable(this.path, error);
    }
  }
}

const unusable = (path: string, cause: unknown): AppError =>
  new AppError('INVALID_ARGUMENT', `the state directory ${path} cannot be used: ${messageOf(cause)}`, {
    cause,
  });
