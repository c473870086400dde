import { createServer, type AddressInfo } from 'node:net';

/** A TCP port of the loopback interface that nobody listened on a moment ago. Prefer port 0 where it can be given. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
