export * from './codec.js';
export * from './flow-limit.js';
export * from './kick.js';
export * from './message.js';
export * from './own-payloads.js';
export * from './resize.js';
export * from './status.js';
export * from './to-agent.js';
export type { WireError, WireErrorCode, Decoded } from './wire-error.js';
export { encodeAgent, type AgentFields } from './agent-layout.js';
export {
  encodeClient101,
  encodeClient102,
  type Client101Fields,
  type Client102Fields,
} from './client-layout.js';
export { encodeOwn, type OwnFields } from './own-layout.js';
