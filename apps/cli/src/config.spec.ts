import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from './config.js';

describe('readEnvironment', () => {
  it('reads its variables and leaves out what is empty', () => {
    expect(
      readEnvironment({
        SALLYPORT_ENDPOINT: 'http://a',
        SALLYPORT_ACCESS_KEY_ID: 'id',
        SALLYPORT_ACCESS_KEY_SECRET: 'secret',
        SALLYPORT_SECURITY_TOKEN: '',
        SALLYPORT_CA: '/ca.pem',
        SALLYPORT_REGION: 'lab',
        SALLYPORT_HOST: 'of the server',
      }),
    ).toEqual({
      homeDir: homedir(),
      endpoint: 'http://a',
      accessKeyId: 'id',
      accessKeySecret: 'secret',
      ca: '/ca.pem',
      region: 'lab',
    });
  });
});
