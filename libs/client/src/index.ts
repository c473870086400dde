export * from './back-off.js';
export * from './http.port.js';
export type { RpcActions, RpcParameters } from './rpc-actions.js';
export * from './rpc-client.js';
export * from './session-connection.js';
export * from './session-events.js';
export * from './session-socket.port.js';
