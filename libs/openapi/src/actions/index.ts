export * from './activations.js';
export * from './cloud-assistant.js';
export * from './identity.js';
export * from './instances.js';
export * from './managed-instances.js';
export * from './sessions.js';
export * from './user-behavior.js';
export * from './versions.js';
