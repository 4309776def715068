export * from './finding.js';
export * from './diagnose.js';
export * from './thresholds.js';
