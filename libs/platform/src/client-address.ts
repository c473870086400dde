import { addressMatcher, canonicalAddress, type Cidr } from './address.js';

/** Tells where a request came from: canonical text, or `unknown` when the socket was gone already. */
export type ClientAddress = (
  socketAddress: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
) => string;

/**
 * Finds the client's address from the socket and `X-Forwarded-For`. A hop is believed only when a trusted proxy wrote
 * it: the list is read from its right end, and the first address that is no trusted proxy is the client. Whatever
 * stands left of it may be invented. An entry that is no address ends the walk at the proxy that passed it on.
 */
export function clientAddressFinder(trustedProxies: readonly Cidr[]): ClientAddress {
  const isTrusted = addressMatcher(trustedProxies);
  return (socketAddress, forwardedFor) => {
    let address = canonicalAddress(socketAddress ?? '');
    if (address === undefined) return 'unknown';
    const hops = [forwardedFor ?? []].flat().join(',').split(',');
    while (isTrusted(address)) {
      const previous = canonicalAddress(withoutPort(hops.pop() ?? ''));
      if (previous === undefined) break;
      address = previous;
    }
    return address;
  };
}

/** Some proxies write `1.2.3.4:5678` or `[::1]:5678`. */
function withoutPort(hop: string): string {
  const text = hop.trim();
  return /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}
