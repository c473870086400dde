import { describe, expect, it } from 'vitest';
import type { LogLevel } from './environment.js';
import { createLogger, type Logger } from './logger.js';

async function logged(level: LogLevel, log: (logger: Logger) => void): Promise<string> {
  const lines: string[] = [];
  log(await createLogger(level, { write: (line: string) => lines.push(line) }));
  return lines.join('');
}

/** Every secret in it contains this word. */
const SECRET = 'hunter2';
const hostile = {
  url: `/session?sessionId=s-1&token=${SECRET}`,
  headers: {
    authorization: `ACS3-HMAC-SHA256 Signature=${SECRET}`,
    'x-acs-security-token': SECRET,
    cookie: SECRET,
  },
  body: { ActivationCode: SECRET, deeper: [{ accessKeySecret: SECRET, Signature: SECRET }] },
  raw: `{"activationCode":"${SECRET}"}`,
  payload: SECRET,
  keystrokes: Array.from(SECRET),
  frame: new TextEncoder().encode(SECRET),
  err: new Error(`upgrade of /session?token=${SECRET} failed`, { cause: { password: SECRET } }),
};

describe('createLogger', () => {
  it('writes none of the secrets of a hostile object, message, child or error', async () => {
    const text = await logged('trace', (logger) => {
      logger.info(hostile, `token=${SECRET}`);
      logger
        .child({ ticket: SECRET, url: hostile.url })
        .warn({ nested: hostile }, 'session %s', `token=${SECRET}`);
      logger.error(hostile.err);
    });
    expect(text.trim().split('\n')).toHaveLength(3);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(Buffer.from(SECRET).toString('base64'));
    expect(text).not.toContain(Array.from(SECRET).join('","'));
  });

  it('writes JSON lines with level, time, fields and message', async () => {
    const line: unknown = JSON.parse(
      await logged('info', (logger) => logger.info({ sessionId: 's-1' }, 'session attached')),
    );
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      sessionId: 's-1',
      msg: 'session attached',
    });
  });

  it('writes nothing below its level', async () => {
    expect(await logged('warn', (logger) => logger.info('session attached'))).toBe('');
  });
});
