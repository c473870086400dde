import { BlockList, isIP } from 'node:net';

const denied = new BlockList();
// Link-local, which is where clouds keep their metadata services.
denied.addSubnet('169.254.0.0', 16, 'ipv4');
denied.addSubnet('fe80::', 10, 'ipv6');
denied.addAddress('100.100.100.200', 'ipv4');
denied.addAddress('fd00:ec2::254', 'ipv6');
// The same behind a translator of IPv4 (RFC 6052) and in the form of RFC 4291 that IPv6 gave up. `::ffff:…` is found as IPv4.
for (const prefix of ['64:ff9b::', '::']) {
  denied.addSubnet(`${prefix}169.254.0.0`, 112, 'ipv6');
  denied.addAddress(`${prefix}100.100.100.200`, 'ipv6');
}

/** Whether no forward may go to this address, whatever the server says: it is link-local or a metadata service. */
export function isDeniedTarget(address: string): boolean {
  const [plain = ''] = address.split('%');
  const version = isIP(plain);
  return version === 0 || denied.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}
