import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { isIP, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadServerTls, type ServerTls } from './server-tls.js';

const DAY_MS = 86_400_000;
const nowMs = Date.now();
const listen = { host: '127.0.0.1', httpPort: 0, httpsPort: 0 } as const;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sallyport-tls-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

const stored = (name: string) => join(dataDir, 'tls', name);
const load = (more: { publicUrl?: string; host?: string } = {}, atMs = nowMs) =>
  loadServerTls(
    { dataDir, publicUrl: more.publicUrl, listen: { ...listen, host: more.host ?? listen.host } },
    atMs,
  );

/** Host names and addresses under which a TLS client that trusts the CA accepts the server. */
async function acceptedAs(tls: ServerTls, names: string[]): Promise<string[]> {
  const ca = await readFile(tls.caPath ?? '');
  const server = createServer({ cert: tls.cert, key: tls.key }, (socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const accepted = async (name: string) => {
    // An address is no server name (RFC 6066), but is checked against the certificate all the same.
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca,
      servername: '',
      checkServerIdentity: () => undefined,
    });
    const certificate = await new Promise<X509Certificate | undefined>((resolve, reject) => {
      socket.once('error', reject).once('secureConnect', () => resolve(socket.getPeerX509Certificate()));
    });
    socket.destroy();
    return isIP(name) ? certificate?.checkIP(name) : certificate?.checkHost(name);
  };
  const answers = await Promise.all(names.map(accepted));
  await new Promise((resolve) => server.close(resolve));
  return names.filter((_, index) => answers[index]);
}

describe('loadServerTls', () => {
  it('makes a CA and a certificate that TLS clients accept under every name of the node', async () => {
    const tls = await load({ publicUrl: 'https://door.example:8443', host: '10.0.0.7' });
    const names = ['localhost', '127.0.0.1', '::1', '10.0.0.7', 'door.example', 'other.example'];
    expect(await acceptedAs(tls, names)).toEqual(names.slice(0, -1));
  });

  it('keeps keys to the owner', async () => {
    await load();
    for (const name of ['ca.key', 'ca.pem', 'server.key', 'server.pem'])
      expect((await stat(stored(name))).mode & 0o777).toBe(0o600);
  });

  it('marks the CA as a CA for servers only one step below it, and the server as a server', async () => {
    const { cert, caPath = '' } = await load();
    const ca = new X509Certificate(await readFile(caPath));
    const server = new X509Certificate(cert);
    expect([ca.ca, server.ca]).toEqual([true, false]);
    expect(server.checkIssued(ca)).toBe(true);
    // serverAuth.
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('is the same at the next start', async () => {
    const first = await load();
    expect(await load()).toEqual(first);
  });

  it('covers a new public host with a new certificate of the same CA', async () => {
    const first = await load();
    const ca = await readFile(stored('ca.pem'), 'utf8');
    const second = await load({ publicUrl: 'https://[fd00::1]' });
    expect(second.cert).not.toBe(first.cert);
    expect(await acceptedAs(second, ['fd00::1'])).toEqual(['fd00::1']);
    expect(await readFile(stored('ca.pem'), 'utf8')).toBe(ca);
  });

  it('renews when fewer than 200 days are left, and not before', async () => {
    const first = await load();
    const endMs = Date.parse(new X509Certificate(first.cert).validTo);
    expect(await load({}, endMs - 200 * DAY_MS - 1)).toEqual(first);
    const renewed = await load({}, endMs - 200 * DAY_MS);
    expect(Date.parse(new X509Certificate(renewed.cert).validTo)).toBeGreaterThan(endMs);
  });

  it('makes a damaged or half-written server certificate again', async () => {
    const first = await load();
    await writeFile(stored('server.pem'), 'junk');
    expect((await load()).cert).not.toBe(first.cert);
    await rm(stored('server.key'));
    expect((await load()).key).toContain('PRIVATE KEY');
  });

  it('makes a CA where a crash left only its key', async () => {
    await load();
    await rm(stored('ca.pem'));
    expect(await acceptedAs(await load(), ['localhost'])).toEqual(['localhost']);
  });

  it('serves on without the CA key, and refuses to make another CA when it is needed', async () => {
    const first = await load();
    await rm(stored('ca.key'));
    expect(await load()).toEqual(first);
    await expect(load({ publicUrl: 'https://door.example' })).rejects.toThrow(
      /^SALLYPORT_DATA_DIR: tls\/ca\.key/,
    );
  });

  it("passes the operator's own certificate on", async () => {
    const tls = { cert: 'c', key: 'k' };
    expect(await loadServerTls({ dataDir, listen, tls }, nowMs)).toBe(tls);
  });
});
