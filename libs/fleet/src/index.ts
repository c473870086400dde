export * from './activation-store.port.js';
export * from './instance-store.port.js';
export * from './tag.js';
