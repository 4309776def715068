import { safeText } from '../safe-text.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that a page shows as it is, in an element or in a quoted attribute, whoever wrote it. */
export function escapeHtml(text: string): string {
  return safeText(text, 2000).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
