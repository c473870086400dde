import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadMasterKey } from './master-key.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sallyport-key-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

const shared = { url: 'postgresql://db/sallyport' };

describe('loadMasterKey', () => {
  it('makes 32 bytes once', async () => {
    const made = await loadMasterKey({ dataDir, database: {} });
    expect(made).toHaveLength(32);
    expect(await loadMasterKey({ dataDir, database: {} })).toEqual(made);
  });

  it('prefers the setting', async () => {
    const masterKey = new Uint8Array(32).fill(1);
    expect(await loadMasterKey({ dataDir, database: shared, masterKey })).toBe(masterKey);
  });

  it('makes no key for a database that others may share', async () => {
    await expect(loadMasterKey({ dataDir, database: shared })).rejects.toThrow(/^SALLYPORT_MASTER_KEY: /);
  });

  it('uses the kept key with any database', async () => {
    const made = await loadMasterKey({ dataDir, database: {} });
    expect(await loadMasterKey({ dataDir, database: shared })).toEqual(made);
  });

  it('does not replace a damaged key file: what it sealed would be lost', async () => {
    await writeFile(join(dataDir, 'master.key'), 'short');
    await expect(loadMasterKey({ dataDir, database: {} })).rejects.toThrow(/^SALLYPORT_MASTER_KEY: /);
  });
});
