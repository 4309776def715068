export * from './kernel-defaults.js';
export * from './sysctl-order.js';
export * from './drift.js';
export * from './limit-settings.js';
export * from './ladder.js';
export * from './plateau.js';
