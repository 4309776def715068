export { safeJson, safeText } from '../safe-text.js';
