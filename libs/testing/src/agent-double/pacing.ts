/** How a kind of channel reads and paces (wire §2.5). */
export interface Pacing {
  readonly readBytes: number;
  readonly defaultPauseMs: number;
}

export const SHELL_PACING: Pacing = { readBytes: 1024, defaultPauseMs: 40 };
export const PORT_PACING: Pacing = { readBytes: 2048, defaultPauseMs: 83 };

/**
 * The agent's own integer arithmetic: `1000 / (L/8/size)` ms.
 * @returns `undefined` where it divides by zero: the goroutine, or the whole agent, dies (T2)
 */
export function pauseMsAt(bitsPerSecond: number, pacing: Pacing): number | undefined {
  const messagesPerSecond = Math.floor(Math.floor(bitsPerSecond / 8) / pacing.readBytes);
  return messagesPerSecond === 0 ? undefined : Math.floor(1000 / messagesPerSecond);
}

/**
 * How many bytes at the end of `bytes` are the start of a character not yet complete, 0 to 3: the agent holds them
 * back for the next message. Other invalid bytes pass.
 */
export function incompleteTailBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return byte < 0xf8 && needed > back ? back : 0;
  }
  return 0;
}
