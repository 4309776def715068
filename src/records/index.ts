export * from './record.js';
export * from './metrics.js';
export * from './decode.js';
