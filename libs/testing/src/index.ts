export * from './agent-double/index.js';
export * from './child-process.js';
export * from './client-doubles/index.js';
export * from './fake-clock.js';
export * from './free-port.js';
export * from './postgres.js';
export * from './server-process.js';
export { callRpc, rpc, signedQuery, type Credentials, type RpcAnswer, type RpcTarget } from './signed-rpc.js';
export {
  encodeFrame,
  FrameReader,
  Opcode,
  type FrameOptions,
  type RawFrame,
} from './sockets/frame-reader.js';
export * from './sockets/raw-websocket.js';
export { readTranscript, type Transcript, type TranscriptEvent, type TranscriptMeta } from './transcript.js';
export * from './sshd.js';
export * from './until.js';
