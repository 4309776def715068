export { CONTENT_TYPES, expositionOf, negotiateFormat } from './exposition.js';
export type { ExpositionFormat } from './exposition.js';
export { createRefusedTotals } from './refusals.js';
export { samplesOf } from './samples.js';
export type { HostSnapshot } from './samples.js';
