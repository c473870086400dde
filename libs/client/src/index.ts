export * from './back-off.js';
export * from './session-connection.js';
export * from './session-events.js';
export * from './session-socket.port.js';
