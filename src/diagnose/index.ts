export * from './finding.js';
export * from './diagnose.js';
