import { describe, expect, it } from 'vitest';
import { redactText, redactUrl, redactValue } from './redaction.js';

describe('redactUrl', () => {
  it('blanks the ticket of a session URL and keeps the rest', () => {
    expect(redactUrl('wss://h:8443/session?sessionId=s-1&token=eyJh.eyJi.c2ln&channelId=c')).toBe(
      'wss://h:8443/session?sessionId=s-1&token=[redacted]&channelId=c',
    );
  });

  it('blanks the secret parameters of a V1 request', () => {
    expect(redactUrl('/?AccessKeyId=LTAI1&Signature=a%2Fb%3D&SecurityToken=CAIS&Action=X')).toBe(
      '/?AccessKeyId=LTAI1&Signature=[redacted]&SecurityToken=[redacted]&Action=X',
    );
  });

  it('recognises a name that is percent-encoded', () => {
    expect(redactUrl('/session?%74oken=hunter2')).toBe('/session?%74oken=[redacted]');
  });

  it('leaves a name alone that only ends like a secret', () => {
    expect(redactUrl('/?ClientToken=abc&NextToken=def')).toBe('/?ClientToken=abc&NextToken=def');
  });
});

describe('redactText', () => {
  it.each([
    ['GET /session?token=hunter2 HTTP/1.1', 'GET /session?token=[redacted] HTTP/1.1'],
    ['authorization was Bearer hunter2', 'authorization was Bearer [redacted]'],
    [
      'Credential=LTAI,SignedHeaders=host,Signature=hunter2',
      'Credential=LTAI,SignedHeaders=host,Signature=[redacted]',
    ],
    ['bad body {"activationCode":"hun\\"ter2","x":1}', 'bad body {"activationCode":"[redacted]","x":1}'],
    [
      '{"msg":"{\\"access_key_secret\\": \\"hunter2\\"}"}',
      '{"msg":"{\\"access_key_secret\\": \\"[redacted]\\"}"}',
    ],
    ['postgresql://sallyport:hunter2@db/sallyport', 'postgresql://sallyport:[redacted]@db/sallyport'],
    ['ticket eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl seen', 'ticket [redacted] seen'],
  ])('cleans %j', (text, clean) => {
    expect(redactText(text)).toBe(clean);
  });

  it('leaves ordinary text alone', () => {
    const text =
      '{"msg":"session attached","sessionId":"s-1","bytes":12,"url":"https://h:1/session?sessionId=s-1"}';
    expect(redactText(text)).toBe(text);
  });
});

describe('redactValue', () => {
  it('blanks secret names at any depth and in any spelling', () => {
    const hostile = {
      a: [{ X_ACS_Security_Token: 'hunter2' }],
      headers: new Map([['Authorization', 'hunter2']]),
    };
    expect(redactValue(hostile)).toEqual({
      a: [{ X_ACS_Security_Token: '[redacted]' }],
      headers: { Authorization: '[redacted]' },
    });
  });

  it('replaces bytes by their number', () => {
    expect(redactValue({ frame: Buffer.from('hunter2') })).toEqual({ frame: '[7 bytes]' });
  });

  it('opens errors up, with their cause', () => {
    const error = new Error('token=hunter2', { cause: new Error('Bearer hunter2') });
    const clean = redactValue(error) as { message: string; cause: { message: string } };
    expect(clean.message).toBe('token=[redacted]');
    expect(clean.cause.message).toBe('Bearer [redacted]');
    expect(JSON.stringify(clean)).not.toContain('hunter2');
  });

  it('cuts cycles', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(redactValue(loop)).toEqual({ self: '[cut]' });
  });
});
