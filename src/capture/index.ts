export * from './compact.js';
export * from './error.js';
export * from './format.js';
export * from './read.js';
export * from './record-log.js';
export * from './redact/redactor.js';
export * from './ring.js';
export * from './write.js';
export type { Since } from './read-ring.js';
