import { spawnSync, type StdioOptions } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that the suite starts for itself, unless an address of a running one is given. */
export interface Need {
  readonly name: string;
  /** Variable with the address of one that runs already. */
  readonly env?: string;
  /** Program that shows it is installed. */
  readonly program: string;
  /** Where it may be, besides PATH. */
  readonly folders: () => readonly string[];
  readonly debianPackage: string;
}

/** What the tests of today use. */
const NEEDS: readonly Need[] = [
  {
    name: 'PostgreSQL',
    env: 'DATABASE_URL',
    program: 'postgres',
    folders: () => foldersBelow('/usr/lib/postgresql').map((version) => join(version, 'bin')),
    debianPackage: 'postgresql',
  },
  {
    name: 'an SSH server',
    program: 'sshd',
    folders: () => ['/usr/sbin'],
    debianPackage: 'openssh-server',
  },
];

/** Where this runs; replaced by tests. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  hasProgram(path: string): boolean;
  /** Whether Debian's packages may be installed: root, and there is `apt-get`. */
  readonly mayInstall: boolean;
  /** Installs what is not there yet; what fails is told on the terminal. */
  install(packages: readonly string[]): void;
}

/**
 * Installs what is missing where that is allowed.
 * @returns what is still missing, in words that say how to get it; empty when all is there
 */
export function provideNeeds(needs = NEEDS, machine: Machine = thisMachine): string[] {
  const missing = needs.filter((need) => !isMet(need, machine));
  if (missing.length === 0) return [];
  if (machine.mayInstall) machine.install(missing.map(({ debianPackage }) => debianPackage));
  return missing.filter((need) => !isMet(need, machine)).map(advice);
}

function isMet({ env, program, folders }: Need, machine: Machine): boolean {
  if (env !== undefined && machine.env[env]) return true;
  const path = (machine.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return [...path, ...folders()].some((folder) => machine.hasProgram(join(folder, program)));
}

const advice = ({ name, env, debianPackage }: Need): string =>
  `${name} (install Debian's package ${debianPackage}${env === undefined ? '' : `, or set ${env}`})`;

function foldersBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const thisMachine: Machine = {
  env: process.env,
  hasProgram: isProgram,
  mayInstall: process.getuid?.() === 0 && isProgram('/usr/bin/apt-get'),
  install(packages) {
    // Standard output belongs to the tests.
    const stdio: StdioOptions = ['ignore', 2, 2];
    const options = { stdio, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['-q', 'update'], options);
    spawnSync('apt-get', ['-q', 'install', '-y', '--no-install-recommends', ...packages], options);
  },
};
