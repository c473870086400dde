/** A user of this machine. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Login shell as the user database has it; may be empty or none that lets anybody in. */
  readonly shell: string;
}

/** The user database of this machine. */
export interface Accounts {
  /** Whom this process runs as. @throws Error when the database does not know */
  own(): Account;
  /** @returns undefined for a name that nobody has */
  find(name: string): Promise<Account | undefined>;
  /** Makes an ordinary user with a home and `/bin/bash`. @throws Error with what the system's tool says */
  create(name: string): Promise<void>;
}
