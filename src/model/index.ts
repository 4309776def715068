export * from './frame.js';
export * from './fold.js';
export * from './ceilings.js';
export * from './flows.js';
export * from './window.js';
export * from './trend.js';
export * from './plateau.js';
export * from './task-refusals.js';
