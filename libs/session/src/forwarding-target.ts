import { BlockList, isIP } from 'node:net';
import { AppError } from '@sallyport/kernel';

/** Link-local and metadata addresses: reachable from every machine, meant for none of its guests. */
const DENIED = new BlockList();
DENIED.addSubnet('169.254.0.0', 16, 'ipv4');
DENIED.addAddress('100.100.100.200', 'ipv4');
DENIED.addSubnet('fe80::', 10, 'ipv6');
DENIED.addAddress('fd00:ec2::254', 'ipv6');
// The same behind a translator (RFC 6052) and in the form that IPv6 gave up (RFC 4291); `::ffff:…` is found as IPv4.
for (const prefix of ['64:ff9b::', '::']) {
  DENIED.addSubnet(`${prefix}169.254.0.0`, 112, 'ipv6');
  DENIED.addAddress(`${prefix}100.100.100.200`, 'ipv6');
}

/** Forms such as 2852039166 or 0xa9.0xfe.0xa9.0xfe, which are addresses to some resolvers. */
const NUMBERS = /^(0x[\da-f]*|\d+)(\.(0x[\da-f]*|\d+))*\.?$/i;

/**
 * Decides on the target of a forwarding (docs/adr/0008-forwarding-targets.md).
 * @param target  host as the client wrote it; undefined: the instance itself, always allowed
 * @param isOwnAgent  own agents check each address that a name resolves to; stock agents resolve by themselves, so a name
 *   could mean anything and is refused
 * @throws AppError `TARGET_FORBIDDEN`
 */
export function checkTarget(target: string | undefined, isOwnAgent: boolean): void {
  if (target === undefined || target === 'localhost') return;
  const host = target.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  if (family === 0) {
    if (isOwnAgent && !NUMBERS.test(host)) return;
    throw forbidden(`The target ${host} is a name that this instance's agent would resolve by itself.`);
  }
  if (DENIED.check(host, family === 6 ? 'ipv6' : 'ipv4'))
    throw forbidden(`The target ${host} is a link-local or metadata address.`);
}

const forbidden = (message: string): AppError => new AppError('TARGET_FORBIDDEN', message);
