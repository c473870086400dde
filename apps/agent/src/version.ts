import { readFileSync } from 'node:fs';
import { arch, platform } from 'node:os';

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Release of this agent, `a.b.c`. */
export const PACKAGE_VERSION = version;

/** The same with four numbers, as servers expect an agent's version. */
export const AGENT_VERSION = `${version.replace(/[^\d.].*$/, '')}.0`;

/** `<os>_<architecture>/<version>` in the words of the Go toolchain (spec wire §1.5). */
export const USER_AGENT = `${platform()}_${GO_ARCHITECTURES[arch()] ?? arch()}/${AGENT_VERSION}`;
