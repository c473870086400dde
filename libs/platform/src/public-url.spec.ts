import { describe, expect, it } from 'vitest';
import { publicBaseUrl } from './public-url.js';
import { loadSettings } from './settings.js';

describe('publicBaseUrl', () => {
  it('is the setting when there is one', () => {
    const settings = loadSettings({ SALLYPORT_PUBLIC_URL: 'https://door.example/' });
    expect(publicBaseUrl(settings, { http: 1, https: 2 })).toBe('https://door.example');
  });

  it('is the TLS listener when that is on, else the plain one', () => {
    expect(publicBaseUrl(loadSettings({}), { http: 1, https: 2 })).toBe('https://127.0.0.1:2');
    expect(publicBaseUrl(loadSettings({ SALLYPORT_HOST: '::1' }), { http: 1 })).toBe('http://[::1]:1');
  });
});
