import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { RawTerminal } from './raw-terminal.js';

function setUp(isTTY: boolean) {
  const modes: boolean[] = [];
  const announcer = new EventEmitter();
  const terminal = new RawTerminal({ isTTY, setRawMode: (isRaw) => modes.push(isRaw) }, announcer);
  return { modes, announcer, terminal };
}

describe('RawTerminal', () => {
  it('gives the terminal back once', () => {
    const { modes, announcer, terminal } = setUp(true);
    terminal.enter();
    terminal.enter();
    terminal.restore();
    terminal.restore();
    expect(modes).toEqual([true, false]);
    expect(announcer.listenerCount('exit')).toBe(0);
  });

  it('gives the terminal back when the process exits without having done so', () => {
    const { modes, announcer, terminal } = setUp(true);
    terminal.enter();
    announcer.emit('exit');
    expect(modes).toEqual([true, false]);
  });

  it('leaves alone what is no terminal', () => {
    const { modes, announcer, terminal } = setUp(false);
    terminal.enter();
    announcer.emit('exit');
    terminal.restore();
    expect(modes).toEqual([]);
  });
});
