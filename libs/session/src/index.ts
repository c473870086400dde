export * from './session-store.port.js';
export * from './session.machine.js';
