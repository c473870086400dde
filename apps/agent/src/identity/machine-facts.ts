import { hostname, machine, networkInterfaces, platform, release, type } from 'node:os';

/** What a registration tells about the machine (spec wire §1.2). */
export interface MachineFacts {
  readonly hostname: string;
  /** First IPv4 address that is not loopback; empty when there is none. */
  readonly intranetIp: string;
  readonly osVersion: string;
  readonly osType: string;
}

export const machineFacts = (): MachineFacts => ({
  hostname: hostname(),
  intranetIp: firstAddress(),
  osVersion: `${type()}_${release()}_${machine()}`,
  osType: platform(),
});

const firstAddress = (): string =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '';
