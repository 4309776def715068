import { safeText } from '../safe-text.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Untrusted text as a page shows it literally, in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return safeText(text, 2000).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
