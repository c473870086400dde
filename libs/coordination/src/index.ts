export * from './in-memory-agent-directory.js';
export * from './in-memory-nonce-memory.js';
export * from './in-memory-quota-ledger.js';
