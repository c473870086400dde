import { describe, expect, it } from 'vitest';
import { SendWindow } from './send-window.js';

describe('SendWindow', () => {
  it('has room until the whole window is under way', () => {
    const window = new SendWindow(100);
    window.sent(99);
    expect(window.hasRoom).toBe(true);
    window.sent(1);
    expect(window.hasRoom).toBe(false);
  });

  it('opens again by the pong of a ping that was sent behind the bytes', () => {
    const window = new SendWindow(100);
    window.sent(60);
    const ping = window.ping();
    window.sent(40);
    window.pong(ping);
    expect(window.hasRoom).toBe(true);
    expect(window.isAllRead).toBe(false);
    window.pong(window.ping());
    expect(window.isAllRead).toBe(true);
    expect(window.position).toBe(100);
  });

  it('asks for a ping at a quarter of the window', () => {
    const window = new SendWindow(100);
    window.sent(24);
    expect(window.isPingDue).toBe(false);
    window.sent(1);
    expect(window.isPingDue).toBe(true);
    window.ping();
    expect(window.isPingDue).toBe(false);
  });

  it.each(['', 'keepalive', '1000 1', '-1', '10 99', 'NaN NaN'])('believes no pong "%s"', (text) => {
    const window = new SendWindow(10);
    window.sent(10);
    window.ping();
    window.pong(text);
    expect(window.hasRoom).toBe(false);
    expect(window.isAllRead).toBe(false);
  });

  it('takes what was under way for gone after a loss, and counts on', () => {
    const window = new SendWindow(10);
    window.sent(10);
    const ping = window.ping();
    window.restart();
    expect(window.hasRoom).toBe(true);
    window.sent(4);
    window.pong(ping);
    expect(window.position).toBe(14);
    expect(window.isAllRead).toBe(false);
  });
});
