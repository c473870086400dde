import { describe, expect, it } from 'vitest';
import { parseSessionTask } from './session-task.js';

const list = (...session: object[]): string => JSON.stringify({ code: 200, session });

describe('session tasks', () => {
  it('are shells without a port', () => {
    const text = list({ channelId: 'c', cmdContent: 'ls', username: 'me', portNumber: '', targetHost: '' });
    expect(parseSessionTask(text, 'c')).toEqual({ channelId: 'c', command: 'ls', username: 'me' });
  });

  it('are targets with one', () => {
    const text = list({ channelId: 'c', portNumber: '22', targetHost: 'db' });
    expect(parseSessionTask(text, 'c')?.target).toEqual({ host: 'db', port: '22' });
  });

  it('are those of the channel that was asked for', () => {
    expect(parseSessionTask(list({ channelId: 'other' }), 'c')).toBeUndefined();
    expect(parseSessionTask(list(), 'c')).toBeUndefined();
  });

  it.each(['', '{}', '{"session":{}}'])('cannot be read from %j', (text) => {
    expect(() => parseSessionTask(text, 'c')).toThrow();
  });
});
