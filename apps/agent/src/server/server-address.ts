import { AppError } from '@sallyport/kernel';
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Where a server is. */
export interface ServerAddress {
  /** `https://host[:port]`, no final slash. */
  readonly origin: string;
  /** The same for sockets, `wss://…`. */
  readonly socketOrigin: string;
  /** Whether what is sent can be read on the way: plain HTTP to another machine. */
  readonly isExposed: boolean;
}

/** @throws AppError `INVALID_ARGUMENT` for anything but an http(s) URL of a bare host */
export function parseServerAddress(text: string): ServerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (!url || !isBare || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new AppError('INVALID_ARGUMENT', `"${text}" is not a server URL such as https://host:8443`);
  return {
    origin: url.origin,
    socketOrigin: url.origin.replace(/^http/, 'ws'),
    isExposed: url.protocol === 'http:' && !isLoopback(url.hostname),
  };
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0) return host === 'localhost';
  return loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
