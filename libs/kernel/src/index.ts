export * from './app-error.js';
export * from './clock.js';
export * from './ids.js';
export * from './paging.js';
export * from './result.js';
