export * from './safe-text.js';
export * from './numbers.js';
export * from './fields.js';
export * from './wording.js';
export * from './rate-rows.js';
export * from './telling-ceiling.js';
export * from './json.js';
export * from './text.js';
