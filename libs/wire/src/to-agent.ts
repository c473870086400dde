import { encodeAgent } from './agent-layout.js';
import { type Message, MessageType } from './message.js';
import { decodeResize, encodeResizeJson } from './resize.js';

/** What the relay adds to a client's message on its way to a stock agent. */
export interface AgentEnvelope {
  readonly channelId: string;
  /** Ms since the epoch, 1 or more. */
  readonly createdMs: number;
  /** 0 or more; stock agents do not look at it. */
  readonly sequence: number;
}

/**
 * The frame by which a stock agent gets a client's message: Input as it is, Resize in its JSON form.
 * @returns undefined for what a stock agent must not see: any other type, and a Resize that is none
 * @throws RangeError on an envelope that the agent layout cannot carry
 */
export function toAgentFrame(message: Message, envelope: AgentEnvelope): Uint8Array<ArrayBuffer> | undefined {
  const { channelId, createdMs, sequence } = envelope;
  const payload = payloadForAgent(message);
  if (payload === undefined) return undefined;
  return encodeAgent({ type: message.type, channelId, createdMs, sequence, payload });
}

function payloadForAgent(message: Message): Uint8Array | undefined {
  if (message.type === MessageType.Input) return message.payload;
  if (message.type !== MessageType.Resize) return undefined;
  const size = decodeResize(message.payload);
  return size && encodeResizeJson(size);
}
