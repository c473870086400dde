import { createVerify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import {
  decode,
  decodeResize,
  decodeStatus,
  encode,
  formatKick,
  formatKickReply,
  type Layout,
  type Message,
  MessageType,
  parseKick,
  parseKickReply,
} from '@sallyport/wire';
import { describe, expect, it } from 'vitest';

interface Meta {
  instanceId?: string;
  machineId?: string;
  publicKeyPem?: string;
}

interface Event {
  kind: string;
  conn: number;
  dir: string;
  path?: string;
  opcode?: number;
  hex?: string;
  note?: string;
  headers?: [string, string][];
}

interface Frame {
  layout: Layout;
  bytes: Uint8Array;
  note: string;
}

const DIRECTORY = new URL('../fixtures/transcripts/', import.meta.url);
const TEXT_OPCODE = 1;
const BINARY_OPCODE = 2;
const LAYOUT_OF_PATH = new Map<string | undefined, Layout>([
  ['/luban/session/backend', 'agent-1.01'],
  ['/client', 'client-1.01'],
]);
/** How a note ends that shows only the beginning of a payload. */
const SHORTENED = /\.\.\."?$/;
const TYPE_NAMES = Object.entries(MessageType).map(([name, type]) => [type, name] as const);

const files = readdirSync(DIRECTORY).filter((file) => file.endsWith('.jsonl'));
const transcripts = files.map((file) => {
  const lines = readFileSync(new URL(file, DIRECTORY), 'utf8').trimEnd().split('\n');
  const [meta, ...events] = lines.map((line) => JSON.parse(line) as unknown);
  return { file, meta: meta as Meta, events: events as Event[] };
});

/** Binary frames, each with the layout of the connection's endpoint. */
function binaryFrames(events: Event[]): Frame[] {
  const layouts = new Map<number, Layout | undefined>();
  const frames: Frame[] = [];
  for (const event of events) {
    if (event.kind === 'ws-upgrade' && event.dir === 'in')
      layouts.set(event.conn, LAYOUT_OF_PATH.get(event.path));
    if (event.kind !== 'ws-frame' || event.opcode !== BINARY_OPCODE) continue;
    const layout = layouts.get(event.conn);
    if (!layout) throw new Error(`a binary frame on connection ${event.conn}, which has no layout`);
    frames.push({ layout, bytes: Buffer.from(event.hex ?? '', 'hex'), note: event.note ?? '' });
  }
  return frames;
}

function decoded({ layout, bytes }: Frame): Message {
  const result = decode(layout, bytes);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** What follows the length in a note. */
function detail(message: Message, note: string): string {
  const payload = Buffer.from(message.payload);
  const status = message.type === MessageType.Status ? decodeStatus(payload) : undefined;
  if (status && 'bitsPerSecond' in status) return `code 7 rate ${status.bitsPerSecond}`;
  if (status) return `code ${status.code} reason ${JSON.stringify(status.reason)}`;
  const size =
    message.type === MessageType.Resize && payload.length === 4 ? decodeResize(payload) : undefined;
  if (size) return `rows ${size.rows} cols ${size.cols}`;
  return /len \d+ 0x/.test(note) ? `0x${payload.toString('hex')}` : JSON.stringify(payload.toString('utf8'));
}

/** The note that the recorder would have written for a decoded message. */
function noteOf({ layout, note }: Frame, message: Message): string {
  const name = TYPE_NAMES.find(([type]) => type === message.type)?.[1] ?? '';
  const [side, version] = layout.split('-');
  const channel = message.channelId === '' ? '' : ` channel ${message.channelId}`;
  const head = `${side ?? ''} ${version ?? ''} ${name}${channel}`;
  return `${head} seq ${message.sequence} len ${message.payload.length} ${detail(message, note)}`;
}

function expectNote(frame: Frame): void {
  const note = noteOf(frame, decoded(frame));
  const shown = frame.note.replace(SHORTENED, '');
  expect(shown === frame.note ? note : note.slice(0, shown.length)).toBe(shown);
}

describe('recorded binary frames', () => {
  const framed = transcripts
    .map(({ file, events }) => ({ file, frames: binaryFrames(events) }))
    .filter(({ frames }) => frames.length > 0);

  it('are found in the files of sessions, in both layouts', () => {
    const frames = framed.flatMap((transcript) => transcript.frames);
    expect(frames.length).toBeGreaterThan(250);
    expect(new Set(frames.map(({ layout }) => layout))).toEqual(new Set(['agent-1.01', 'client-1.01']));
  });

  it.each(framed)('$file: every frame says what its note says', ({ frames }) => {
    for (const frame of frames) expectNote(frame);
  });

  it.each(framed)('$file: every frame encodes to the recorded bytes', ({ frames }) => {
    for (const frame of frames)
      expect(Buffer.from(encode(frame.layout, decoded(frame))).toString('hex')).toBe(
        Buffer.from(frame.bytes).toString('hex'),
      );
  });
});

describe('recorded lines of the control socket', () => {
  const texts = transcripts.flatMap(({ events }) =>
    events
      .filter((event) => event.kind === 'ws-frame' && event.opcode === TEXT_OPCODE)
      .map((event) => ({ dir: event.dir, text: Buffer.from(event.hex ?? '', 'hex').toString() })),
  );
  const sent = texts.filter(({ dir }) => dir === 'out').map(({ text }) => text);
  const received = texts.filter(({ dir }) => dir === 'in').map(({ text }) => text);

  it('are kicks, but for the two that were sent to be refused', () => {
    const foreign = new Set(sent.filter((text) => parseKick(text) === undefined));
    expect([...foreign]).toEqual([
      'kick_vm bogus x',
      expect.stringMatching(/^kick_vm session start \S{33,}$/),
    ]);
    const kicks = sent.map(parseKick).filter((kick) => kick !== undefined);
    expect(kicks.map(formatKick)).toEqual(sent.filter((text) => !foreign.has(text)));
  });

  it('are answered with the text that was sent', () => {
    const replies = received.map(parseKickReply);
    for (const reply of replies) expect(sent).toContain(reply?.kick);
    expect(replies.map((reply) => reply && formatKickReply(reply.verdict, reply.kick))).toEqual(received);
  });
});

describe('recorded agent signatures', () => {
  const verifies = (publicKeyPem: string, text: string, signature: Buffer): boolean =>
    createVerify('RSA-MD5').update(text).verify(publicKeyPem, signature);

  /** The signed text and its signature, for every request and upgrade that has one. */
  function signed({ meta, events }: { meta: Meta; events: Event[] }): { text: string; signature: Buffer }[] {
    return events
      .map((event) => new Map(event.headers?.map(([name, value]) => [name.toLowerCase(), value])))
      .filter((headers) => headers.has('x-acs-signature'))
      .map((headers) => ({
        text: [
          headers.get('x-acs-instance-id'),
          meta.machineId,
          headers.get('x-acs-timestamp'),
          headers.get('x-acs-request-id'),
        ].join(''),
        signature: Buffer.from(headers.get('x-acs-signature') ?? '', 'base64'),
      }));
  }

  const signers = transcripts
    .map((transcript) => ({ ...transcript, requests: signed(transcript) }))
    .filter(({ requests }) => requests.length > 0);

  it('are found in every file of a registered agent', () => {
    expect(signers.length).toBeGreaterThanOrEqual(10);
    expect(signers.every(({ meta }) => meta.publicKeyPem !== undefined)).toBe(true);
  });

  it.each(signers)('$file: each verifies, and fails when one byte changes', ({ meta, requests }) => {
    const publicKeyPem = meta.publicKeyPem ?? '';
    requests.forEach(({ text, signature }, index) => {
      expect(verifies(publicKeyPem, text, signature)).toBe(true);
      const changed = Buffer.from(text);
      const at = (index * 7) % changed.length;
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(verifies(publicKeyPem, changed.toString(), signature)).toBe(false);
      const forged = Buffer.from(signature);
      forged[index % forged.length] = (forged[index % forged.length] ?? 0) ^ 1;
      expect(verifies(publicKeyPem, text, forged)).toBe(false);
    });
  });
});
