/**
 * How a frame is laid out. The endpoint decides between agent and client, the version text at offset 4 between
 * the client's two; `own-1.03` is negotiated by {@link OWN_PROTOCOL_HEADER} and has one form on both sides.
 * @see docs/protocol.md "Frames"
 */
export type Layout = 'agent-1.01' | 'client-1.01' | 'client-1.02' | 'own-1.03';

/** Layouts a client may speak. */
export type ClientLayout = Exclude<Layout, 'agent-1.01'>;

/**
 * What a frame means. 0–6 exist in the stock layouts; 16 and above, only in `own-1.03`, which in turn has no
 * Open.
 */
export const MessageType = {
  /** Bytes typed or sent by the client. Empty: a keep-alive. */
  Input: 0,
  /** Bytes of the shell or of the target. */
  Output: 1,
  Resize: 2,
  /** The client ends its channel. */
  Close: 3,
  Open: 4,
  Status: 5,
  /** A client that came back asks for the output it has not seen. Empty payload. */
  Sync: 6,
  /** Own agent: shell or target is up; input is welcome. Empty payload. */
  Ready: 16,
  /** Own agent: the shell ended. */
  Exit: 17,
  /** Own agent: the target sent its last byte. Empty payload. */
  TargetClosed: 18,
  /** Own agent: the target could not be reached, or broke. UTF-8 reason. */
  TargetError: 19,
} as const;

/** One decoded message of any layout. */
export interface Message {
  /** One of {@link MessageType}. */
  type: number;
  /** Up to 32 printable ASCII characters; empty where the frame names no channel (always in `own-1.03`). */
  channelId: string;
  /** Writer's clock, ms since the epoch; 0 in `own-1.03`. Exact up to 2^53. */
  createdMs: number;
  /** `client-1.02`: highest input sequence written or consumed, u32; else 0. */
  inputSeq: number;
  /** `client-1.02`: highest output sequence, u32; else 0. */
  outputSeq: number;
  /** 1.01 layouts: message counter. `own-1.03`: payload bytes of this direction before this message. `client-1.02`: 0. */
  sequence: number;
  /** A view into the decoded frame: valid as long as that buffer is. */
  payload: Uint8Array;
}

/** Largest payload of one message, in every layout and direction. */
export const MAX_PAYLOAD_BYTES = 1_048_576;

/** Largest channel id: the width of its field in the agent layout. */
export const MAX_CHANNEL_ID_BYTES = 32;

/** Upgrade header by which an end says that it speaks `own-1.03`, and by which the server agrees. */
export const OWN_PROTOCOL_HEADER = 'x-sallyport-protocol';

/** The only value of {@link OWN_PROTOCOL_HEADER}. */
export const OWN_PROTOCOL_VERSION = '1.03';
