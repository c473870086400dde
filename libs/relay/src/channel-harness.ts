import type { Clock } from '@sallyport/kernel';
import {
  decode,
  decodeStatus,
  encodeAgent,
  encodeClient101,
  encodeClient102,
  encodeOwn,
  type Layout,
  type Message,
  MessageType,
  type Status,
} from '@sallyport/wire';
import type { ChannelKind } from './agent-end.js';
import { FakeByteSocket } from './fake-byte-socket.js';
import { RelayChannel } from './relay-channel.js';
import type { RelayEvents } from './relay-events.js';
import { SessionShaper } from './shaper.js';

/** The channel of all harness tests. */
export const CHANNEL = 'c0123456789abcdef0123456789abcde';

/** Fast enough to limit nothing in a test. */
const UNLIMITED_BPS = 1e12;

/** ASCII text as bytes. */
export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes as ASCII text. */
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const EMPTY = new Uint8Array(0);

/** A channel whose ends are fake sockets, and everything it told. */
export class ChannelHarness {
  readonly channel: RelayChannel;
  readonly shaper: SessionShaper;
  readonly told: string[] = [];
  readonly failures: unknown[] = [];
  /** Called with the name of each event, before it is noted. */
  onEvent: (name: string) => void = () => undefined;

  constructor(
    clock: Clock,
    options: { kind?: ChannelKind; bitsPerSecond?: number; shaper?: SessionShaper } = {},
  ) {
    const { kind = 'shell', bitsPerSecond = UNLIMITED_BPS } = options;
    this.shaper = options.shaper ?? new SessionShaper({ bitsPerSecond, clock });
    this.channel = new RelayChannel({
      channelId: CHANNEL,
      kind,
      shaper: this.shaper,
      clock,
      events: this.#events(),
    });
  }

  /** Attaches a new client socket. */
  client(hint: 'unknown' | 'client-1.01' | 'own-1.03' = 'client-1.01'): FakeByteSocket {
    const socket = new FakeByteSocket();
    this.channel.attachClient(socket, hint);
    return socket;
  }

  /** Attaches a new client socket that speaks 1.02 with its first message. */
  client102(outputSeq = 0): FakeByteSocket {
    const socket = this.client('unknown');
    socket.feedMessage(from102({ type: MessageType.Sync, outputSeq }));
    return socket;
  }

  /** Attaches a new agent socket. */
  agent(layout: 'agent-1.01' | 'own-1.03' = 'agent-1.01'): FakeByteSocket {
    const socket = new FakeByteSocket();
    this.channel.attachAgent(socket, layout);
    return socket;
  }

  #events(): RelayEvents {
    const note = (name: string, ...details: unknown[]): void => {
      this.onEvent(name);
      this.told.push(
        [
          name,
          ...details.map((detail) => (typeof detail === 'string' ? detail : JSON.stringify(detail))),
        ].join(' '),
      );
    };
    return {
      opened: () => note('opened'),
      clientGone: (how) => note('clientGone', how),
      agentGone: () => note('agentGone'),
      exited: (exit) => note('exited', exit),
      targetClosed: () => note('targetClosed'),
      targetFailed: (reason) => note('targetFailed', reason),
      violated: (side, code, reason) => note('violated', side, code, reason),
      stalled: (side) => note('stalled', side),
      failed: (error) => {
        this.failures.push(error);
        note('failed');
      },
    };
  }
}

/** A message of the stock CLI. */
export const from101 = (type: number, payload: Uint8Array | string = EMPTY, channelId = ''): Uint8Array =>
  encodeClient101({ type, createdMs: 1, sequence: 0, payload: bytesOf(payload), channelId });

/** A message of the browser client. */
export const from102 = (message: {
  type: number;
  payload?: Uint8Array | string;
  inputSeq?: number;
  outputSeq?: number;
  channelId?: string;
}): Uint8Array =>
  encodeClient102({
    type: message.type,
    channelId: message.channelId ?? CHANNEL,
    createdMs: 1,
    inputSeq: message.inputSeq ?? 0,
    outputSeq: message.outputSeq ?? 0,
    payload: bytesOf(message.payload ?? EMPTY),
  });

/** A message of a stock agent. */
export const fromAgent = (
  payload: Uint8Array | string,
  type: number = MessageType.Output,
  channelId = CHANNEL,
): Uint8Array => encodeAgent({ type, channelId, createdMs: 1, sequence: 0, payload: bytesOf(payload) });

/** A message of an own end. */
export const fromOwn = (type: number, payload: Uint8Array | string = EMPTY, position = 0): Uint8Array =>
  encodeOwn({ type, position, payload: bytesOf(payload) });

const bytesOf = (payload: Uint8Array | string): Uint8Array =>
  typeof payload === 'string' ? ascii(payload) : payload;

/** What the relay wrote to a socket, decoded. */
export function received(socket: FakeByteSocket, layout: Layout): Message[] {
  return socket.messages.map((frame) => {
    const decoded = decode(layout, frame);
    if (!decoded.ok) throw new Error(`the relay wrote no ${layout} frame: ${decoded.error.message}`);
    return decoded.value;
  });
}

/** Messages of one type that the relay wrote. */
export const receivedOf = (socket: FakeByteSocket, layout: Layout, type: number): Message[] =>
  received(socket, layout).filter((message) => message.type === type);

/** All payload of one type that the relay wrote, joined. */
export function stream(socket: FakeByteSocket, layout: Layout, type: number): Uint8Array {
  const parts = receivedOf(socket, layout, type).map(({ payload }) => payload);
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Whether both hold the same bytes; quicker than a deep comparison of large arrays. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

/** The statuses that the relay wrote. */
export const statuses = (socket: FakeByteSocket, layout: Layout): (Status | undefined)[] =>
  receivedOf(socket, layout, MessageType.Status).map(({ payload }) => decodeStatus(payload));

/** `length` bytes of a pattern in which any loss, doubling or reordering shows. */
export const pattern = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => ((from + at) * 7 + ((from + at) >>> 8)) & 0xff);
