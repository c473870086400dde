import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueServerPair, makePrivateCa } from './private-ca.js';
import { SettingsError } from './settings-error.js';
import { loadSettings } from './settings.js';

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

/** Names in front of the problem lines. */
const blamed = (env: NodeJS.ProcessEnv): string[] => problemsOf(env).map((line) => line.replace(/: .*$/, ''));

describe('loadSettings', () => {
  it('has the documented defaults', () => {
    expect(loadSettings({ PATH: '/bin' })).toEqual({
      listen: { host: '127.0.0.1', httpPort: 8080, httpsPort: 8443 },
      trustedProxies: [],
      roles: ['api', 'relay'],
      region: 'local',
      dataDir: resolve('.sallyport'),
      database: {},
      limits: { sessionsPerRegion: 1000, sessionsPerInstance: 20, bandwidthKbit: 200 },
      session: { urlTtlMs: 600_000, idleTimeoutMs: 180_000, maxMs: 43_200_000, resumeMs: 300_000 },
      logLevel: 'info',
    });
  });

  it('takes what is given', () => {
    const settings = loadSettings({
      SALLYPORT_HOST: '::',
      SALLYPORT_HTTP_PORT: 'off',
      SALLYPORT_HTTPS_PORT: '0',
      SALLYPORT_PUBLIC_URL: 'https://Door.example:443/',
      SALLYPORT_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      SALLYPORT_DATA_DIR: '/var/lib/sallyport',
      SALLYPORT_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      SALLYPORT_ROOT_ACCESS_KEY_ID: 'LTAI5tRoot',
      SALLYPORT_ROOT_ACCESS_KEY_SECRET: 'rootsecret',
      DATABASE_URL: 'postgresql:///sallyport?host=/run/postgresql',
    });
    expect(settings).toMatchObject({
      listen: { host: '::', httpPort: 'off', httpsPort: 0 },
      publicUrl: 'https://door.example',
      trustedProxies: [{ address: '10.0.0.0', prefixBits: 8 }, { address: '::1' }],
      dataDir: '/var/lib/sallyport',
      rootKey: { accessKeyId: 'LTAI5tRoot', accessKeySecret: 'rootsecret' },
      database: { url: 'postgresql:///sallyport?host=/run/postgresql' },
    });
    expect(settings.masterKey).toEqual(Buffer.alloc(32, 7));
  });

  it('is frozen to its leaves', () => {
    const settings = loadSettings({ SALLYPORT_TRUSTED_PROXIES: '::1' });
    for (const part of [settings, settings.listen, settings.roles, settings.trustedProxies[0]])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it('takes an empty variable for an absent one', () => {
    expect(loadSettings({ SALLYPORT_REGION: '', REDIS_URL: '' }).region).toBe('local');
  });

  it('names an unknown setting, and takes those of the other programs for known', () => {
    expect(blamed({ SALLYPORT_HTTPS_PROT: '1', SALLYPORT_ENDPOINT: 'x', SALLYPORT_CA: 'y' })).toEqual([
      'SALLYPORT_HTTPS_PROT',
    ]);
  });

  it('names every problem in a line of its own, and no value', () => {
    const problems = problemsOf({
      SALLYPORT_MASTER_KEY: 'hunter2',
      SALLYPORT_HTTP_PORT: 'hunter2',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      SALLYPORT_HUNTER: 'hunter2',
    });
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain('hunter2');
    expect(problems.join()).not.toContain('\n');
  });

  it.each([
    ['SALLYPORT_HTTP_PORT', '65535', '65536'],
    ['SALLYPORT_HTTP_PORT', '0', '-1'],
    ['SALLYPORT_LIMIT_BANDWIDTH_KBIT', '16', '15'],
    ['SALLYPORT_LIMIT_BANDWIDTH_KBIT', '1000000000', '1000000001'],
    ['SALLYPORT_LIMIT_SESSIONS_PER_REGION', '1', '0'],
    ['SALLYPORT_LIMIT_SESSIONS_PER_REGION', '1000000', '1000001'],
    ['SALLYPORT_LIMIT_SESSIONS_PER_INSTANCE', '10000', '10001'],
    ['SALLYPORT_SESSION_URL_TTL_S', '86400', '86401'],
    ['SALLYPORT_SESSION_IDLE_TIMEOUT_S', '604800', '604801'],
    ['SALLYPORT_SESSION_MAX_S', '1', '0'],
    ['SALLYPORT_SESSION_RESUME_S', '0', '1.5'],
    ['SALLYPORT_MASTER_KEY', Buffer.alloc(32).toString('base64'), Buffer.alloc(33).toString('base64')],
    ['SALLYPORT_REGION', 'a'.repeat(64), 'a'.repeat(65)],
    ['SALLYPORT_REGION', 'eu-central-1', 'EU'],
    ['SALLYPORT_LOG_LEVEL', 'silent', 'loud'],
    ['SALLYPORT_HOST', 'localhost', '999.1.1.1'],
    ['SALLYPORT_HOST', '127.0.0.1', '[::1]'],
    ['SALLYPORT_PUBLIC_URL', 'http://10.0.0.1:8080', 'http://10.0.0.1:8080/door'],
    ['SALLYPORT_NODE_URL', 'https://[::1]:8443/', 'wss://h'],
    ['SALLYPORT_NODE_URL', 'https://h', 'https://user:pass@h'],
    ['SALLYPORT_TRUSTED_PROXIES', '10.0.0.0/8', '10.0.0.0/8,'],
    ['DATABASE_URL', 'postgres://h/db', 'postgres://'],
  ])('takes %s=%s and refuses %s', (name, right, wrong) => {
    expect(blamed({ [name]: right })).toEqual([]);
    expect(blamed({ [name]: wrong })).toEqual([name]);
  });

  it('refuses a wildcard host without the address that others can reach', () => {
    for (const host of ['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::ffff:0.0.0.0'])
      expect(blamed({ SALLYPORT_HOST: host })).toEqual(['SALLYPORT_PUBLIC_URL']);
  });

  it('refuses two listeners that are off, or on one port', () => {
    expect(blamed({ SALLYPORT_HTTP_PORT: 'off', SALLYPORT_HTTPS_PORT: 'off' })).toHaveLength(1);
    expect(blamed({ SALLYPORT_HTTP_PORT: '9000', SALLYPORT_HTTPS_PORT: '9000' })).toEqual([
      'SALLYPORT_HTTPS_PORT',
    ]);
    expect(blamed({ SALLYPORT_HTTP_PORT: '0', SALLYPORT_HTTPS_PORT: '0' })).toEqual([]);
  });

  it('names the missing half of a pair', () => {
    expect(blamed({ SALLYPORT_TLS_CERT: 'c' })).toEqual(['SALLYPORT_TLS_KEY']);
    expect(blamed({ SALLYPORT_TLS_KEY: 'k' })).toEqual(['SALLYPORT_TLS_CERT']);
    expect(blamed({ SALLYPORT_ROOT_ACCESS_KEY_ID: 'LTAI5tRoot' })).toEqual([
      'SALLYPORT_ROOT_ACCESS_KEY_SECRET',
    ]);
  });

  it.each([
    ['REDIS_URL', 'redis://127.0.0.1'],
    ['SALLYPORT_PEER_URL', 'https://n1'],
    ['SALLYPORT_PEER_SECRET', 'hunter2'],
    ['SALLYPORT_ROLES', 'relay'],
  ])('says of %s that more than one node is not supported yet', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${name}: more than one node is not supported yet`)),
    ]);
  });

  it('takes the roles in any order', () => {
    expect(loadSettings({ SALLYPORT_ROLES: 'relay, api' }).roles).toEqual(['api', 'relay']);
  });

  it('refuses tracing, which does not exist yet', () => {
    expect(blamed({ SALLYPORT_OTLP_URL: 'http://collector' })).toEqual(['SALLYPORT_OTLP_URL']);
  });
});

describe('the certificate of the operator', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-settings-'));
  const file = (name: string) => join(directory, name);
  const tls = (cert: string, key: string) => ({
    SALLYPORT_TLS_CERT: file(cert),
    SALLYPORT_TLS_KEY: file(key),
  });

  beforeAll(async () => {
    const ca = await makePrivateCa(Date.now());
    const server = await issueServerPair(ca, ['door.example'], Date.now());
    for (const [name, text] of Object.entries({
      'ca.key': ca.key,
      's.pem': server.cert,
      's.key': server.key,
      junk: 'x',
    }))
      writeFileSync(file(name), text);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is read from its files', () => {
    expect(loadSettings(tls('s.pem', 's.key')).tls?.cert).toContain('BEGIN CERTIFICATE');
  });

  it.each([
    ['absent', 's.key', 'SALLYPORT_TLS_CERT'],
    ['s.pem', 'absent', 'SALLYPORT_TLS_KEY'],
    ['junk', 's.key', 'SALLYPORT_TLS_CERT'],
    ['s.pem', 'junk', 'SALLYPORT_TLS_KEY'],
    ['s.pem', 'ca.key', 'SALLYPORT_TLS_KEY'],
  ])('with files %s and %s is blamed on %s', (cert, key, name) => {
    expect(blamed(tls(cert, key))).toEqual([name]);
  });

  it('may have a key of OpenSSL in the old form', () => {
    const key = createPrivateKey(readFileSync(file('s.key')));
    writeFileSync(file('old.key'), key.export({ type: 'sec1', format: 'pem' }));
    expect(blamed(tls('s.pem', 'old.key'))).toEqual([]);
  });
});
