import { describe, expect, it } from 'vitest';
import { provideNeeds, type Machine, type Need } from './needs.js';

const database: Need = {
  name: 'a database',
  env: 'BASE_URL',
  program: 'based',
  folders: () => ['/opt/base/bin'],
  debianPackage: 'base',
};

/** A machine with these programs; installing adds `based` below /usr/bin. */
function machine(options: {
  programs?: string[];
  env?: NodeJS.ProcessEnv;
  mayInstall?: boolean;
  offers?: string[];
}) {
  const programs = new Set(options.programs);
  const installed: string[] = [];
  const made: Machine = {
    env: { PATH: '/bin:/usr/bin', ...options.env },
    hasProgram: (path) => programs.has(path),
    mayInstall: options.mayInstall ?? false,
    install(packages) {
      installed.push(...packages);
      for (const program of options.offers ?? []) programs.add(program);
    },
  };
  return { made, installed };
}

describe('provideNeeds', () => {
  it.each([
    ['a running one is given', { env: { BASE_URL: 'base://x' } }],
    ['the program is on PATH', { programs: ['/usr/bin/based'] }],
    ['the program is where its package puts it', { programs: ['/opt/base/bin/based'] }],
  ])('installs nothing when %s', (_, options) => {
    const { made, installed } = machine({ ...options, mayInstall: true });
    expect(provideNeeds([database], made)).toEqual([]);
    expect(installed).toEqual([]);
  });

  it('installs what is missing where it may', () => {
    const { made, installed } = machine({ mayInstall: true, offers: ['/usr/bin/based'] });
    expect(provideNeeds([database], made)).toEqual([]);
    expect(installed).toEqual(['base']);
  });

  it('says what to install where it may not', () => {
    const { made, installed } = machine({ offers: ['/usr/bin/based'] });
    expect(provideNeeds([database], made)).toEqual([
      "a database (install Debian's package base, or set BASE_URL)",
    ]);
    expect(installed).toEqual([]);
  });

  it('says so when installing did not help', () => {
    expect(provideNeeds([database], machine({ mayInstall: true }).made)).toHaveLength(1);
  });
});
