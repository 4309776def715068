export * from './record.js';
export * from './settings.js';
export * from './conntrack-entry.js';
export * from './metrics.js';
export * from './decode.js';
export { DecodeError } from './decode-fields.js';
export * from './host-reading.js';
