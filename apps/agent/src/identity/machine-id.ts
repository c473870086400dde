import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const SOURCES = ['/var/lib/dbus/machine-id', '/etc/machine-id', '/sys/class/dmi/id/product_uuid'];
const APPLICATION = 'sallyport-agent';

/**
 * The id of this machine that is told to the server, 32 hexadecimal characters. It is derived from the machine's own id, which
 * is not meant to leave the machine (machine-id(5)); a random one where the machine has none. The caller keeps it.
 * @param sources  files to look into, first one wins
 */
export function machineId(sources: readonly string[] = SOURCES): string {
  const id = sources.map(readTrimmed).find((text) => text !== '');
  return id === undefined
    ? randomBytes(16).toString('hex')
    : createHmac('sha256', id).update(APPLICATION).digest('hex').slice(0, 32);
}

function readTrimmed(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
