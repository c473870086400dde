export type { AgentLayout, ChannelKind } from './agent-end.js';
export type { ByteSocket, ByteSocketHandlers } from './byte-socket.js';
export type { ClientHint } from './client-dialect.js';
export { RelayChannel, type FinishOptions, type RelayChannelOptions } from './relay-channel.js';
export type { RelayEvents, Side, ViolationCode } from './relay-events.js';
export { SessionShaper, type SessionShaperOptions } from './shaper.js';
