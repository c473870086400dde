import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** A block of addresses, in canonical form. */
export interface Cidr {
  readonly address: string;
  /** 0–32 for IPv4, 0–128 for IPv6. */
  readonly prefixBits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/**
 * The one way an IP address is written here: IPv6 in lower case and compressed, without zone; IPv4-mapped IPv6 as IPv4.
 * Lock-outs and policies compare addresses as text, so two spellings must never be two addresses.
 * @returns undefined when `text` is no address
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const bare = text.replace(/%.*$/s, '');
  if (!isIPv6(bare)) return undefined;
  const compressed = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(compressed);
  if (!mapped) return compressed;
  const [high = 0, low = 0] = mapped.slice(1).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Reads `10.0.0.0/8`, `fd00::/8`, or a single address.
 * @returns undefined when `text` is none of these
 */
export function parseCidr(text: string): Cidr | undefined {
  const [, host = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = canonicalAddress(host);
  if (address === undefined) return undefined;
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const width = family === 'ipv4' ? 32 : 128;
  // A mapped IPv6 block (::ffff:10.0.0.0/104) counts its prefix from the mapped form.
  const mappedBits = family === 'ipv4' && host.includes(':') ? 96 : 0;
  const prefixBits = bits === undefined ? width : Number(bits) - mappedBits;
  return prefixBits >= 0 && prefixBits <= width ? { address, prefixBits, family } : undefined;
}

/** Whether an address, in canonical form, lies in one of `blocks`. */
export function addressMatcher(blocks: readonly Cidr[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefixBits, family } of blocks) list.addSubnet(address, prefixBits, family);
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
