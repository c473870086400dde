import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../cli-error.js';
import { isExposed, parseEndpoint, resolveConnection } from './connection-settings.js';
import { writeProfiles } from './profiles.js';

const PROFILE = {
  endpoint: 'http://profile:1',
  accessKeyId: 'profile-id',
  accessKeySecret: 'profile-secret',
};
const ENVIRONMENT_KEY = { accessKeyId: 'env-id', accessKeySecret: 'env-secret' };

describe('resolveConnection', () => {
  let homeDir: string;
  beforeEach(async () => {
    homeDir = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
  });
  afterEach(() => rm(homeDir, { recursive: true }));

  const useProfiles = () =>
    writeProfiles(homeDir, {
      current: 'main',
      profiles: {
        main: PROFILE,
        lab: { ...PROFILE, endpoint: 'https://lab:2', accessKeyId: 'lab-id', region: 'lab-region' },
      },
    });
  const useAliyun = async (profile: object) => {
    await mkdir(join(homeDir, '.aliyun'));
    const file = { current: 'default', profiles: [{ name: 'default', ...profile }] };
    await writeFile(join(homeDir, '.aliyun', 'config.json'), JSON.stringify(file));
  };

  it('needs an access key, and says how to get one', async () => {
    await expect(resolveConnection({}, { homeDir })).rejects.toMatchObject({
      message: 'there is no access key to sign with',
      hint: expect.stringContaining('sallyport configure') as string,
    });
  });

  it('has defaults for everything but the key', async () => {
    const settings = await resolveConnection({}, { homeDir, ...ENVIRONMENT_KEY });
    expect(settings.endpoint.origin).toBe('http://127.0.0.1:8080');
    expect(settings.regionId).toBe('local');
    expect(settings.accessKey).toEqual({ ...ENVIRONMENT_KEY, securityToken: undefined });
  });

  it('takes the environment before the current profile', async () => {
    await useProfiles();
    const environment = { homeDir, endpoint: 'http://env:3', ...ENVIRONMENT_KEY };
    const settings = await resolveConnection({}, environment);
    expect(settings.endpoint.origin).toBe('http://env:3');
    expect(settings.accessKey.accessKeyId).toBe('env-id');
  });

  it('takes a profile that was named before the environment', async () => {
    await useProfiles();
    const environment = { homeDir, endpoint: 'http://env:3', region: 'env-region', ...ENVIRONMENT_KEY };
    const settings = await resolveConnection({ profile: 'lab' }, environment);
    expect(settings.endpoint.origin).toBe('https://lab:2');
    expect(settings.accessKey.accessKeyId).toBe('lab-id');
    expect(settings.regionId).toBe('lab-region');
  });

  it('takes flags before all', async () => {
    await useProfiles();
    const flags = { endpoint: 'http://flag:4', profile: 'lab' };
    const settings = await resolveConnection(flags, { homeDir, endpoint: 'http://env:3' });
    expect(settings.endpoint.origin).toBe('http://flag:4');
  });

  it("takes no authority and no region of another server's profile", async () => {
    await writeProfiles(homeDir, {
      current: 'main',
      profiles: { main: { ...PROFILE, ca: '/of/another/server.pem', region: 'other' } },
    });
    const settings = await resolveConnection({}, { homeDir, endpoint: 'http://env:3' });
    expect(settings).toMatchObject({ regionId: 'local', accessKey: { accessKeyId: 'profile-id' } });
    expect(settings.ca).toBeUndefined();
  });

  it('never mixes the parts of two keys', async () => {
    await useProfiles();
    const environment = { homeDir, accessKeyId: 'env-id' };
    await expect(resolveConnection({}, environment)).rejects.toThrow('half an access key');
    const token = await resolveConnection({}, { homeDir, securityToken: 'stray' });
    expect(token.accessKey.securityToken).toBeUndefined();
  });

  it('names the profiles there are when one is unknown', async () => {
    await useProfiles();
    await expect(resolveConnection({ profile: 'nope' }, { homeDir })).rejects.toMatchObject({
      message: 'there is no profile nope',
      hint: 'There are: main, lab.',
    });
  });

  it("borrows the aliyun command line's key and region when there is no profile of our own", async () => {
    await useAliyun({
      mode: 'StsToken',
      access_key_id: 'STS.a',
      access_key_secret: 's',
      sts_token: 't',
      region_id: 'cn-local',
    });
    const settings = await resolveConnection({}, { homeDir });
    expect(settings.accessKey).toEqual({ accessKeyId: 'STS.a', accessKeySecret: 's', securityToken: 't' });
    expect(settings.regionId).toBe('cn-local');
  });

  it("does not look at the aliyun command line's profile beside our own", async () => {
    await useProfiles();
    await useAliyun({ mode: 'AK', access_key_id: 'ali', access_key_secret: 's', region_id: 'cn-local' });
    const settings = await resolveConnection({}, { homeDir });
    expect(settings.accessKey.accessKeyId).toBe('profile-id');
    expect(settings.regionId).toBe('local');
  });

  it.each([
    [{ mode: 'EcsRamRole', access_key_id: 'a', access_key_secret: 's' }],
    [{ mode: 'AK', access_key_id: '', access_key_secret: '' }],
    [{}],
  ])('finds no key in the aliyun profile %j', async (profile) => {
    await useAliyun(profile);
    await expect(resolveConnection({}, { homeDir })).rejects.toBeInstanceOf(CliError);
  });

  it('reads the CA file and names one that it cannot read', async () => {
    const ca = join(homeDir, 'ca.pem');
    const environment = { homeDir, ca, ...ENVIRONMENT_KEY };
    await expect(resolveConnection({}, environment)).rejects.toThrow(`the CA file ${ca} cannot be read`);
    await writeFile(ca, 'PEM');
    expect((await resolveConnection({}, environment)).ca).toBe('PEM');
  });
});

describe('parseEndpoint', () => {
  it.each(['localhost:8080', 'ftp://a', 'nonsense', ''])('refuses %j', (text) => {
    expect(() => parseEndpoint(text)).toThrow(CliError);
  });
});

describe('isExposed', () => {
  it.each([
    ['http://127.0.0.1:8080', false],
    ['http://127.9.9.9', false],
    ['http://localhost:1', false],
    ['http://[::1]:1', false],
    ['https://door.example', false],
    ['http://door.example', true],
    ['http://10.0.0.1', true],
    ['http://127.0.0.1.example', true],
  ])('says of %s: %s', (url, isOpen) => {
    expect(isExposed(new URL(url))).toBe(isOpen);
  });
});
