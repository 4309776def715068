/**
 * Makes untrusted text (process names, addresses, what a file contains) safe to print: control and escape
 * characters, bidirectional marks and zero-width characters become `?`-like `·`, everything else stays.
 */
export function safeText(text: string, maxLength = 200): string {
  const cleaned = text.replace(UNPRINTABLE, '·');
  const characters = Array.from(cleaned);
  return characters.length <= maxLength ? cleaned : `${characters.slice(0, maxLength - 1).join('')}…`;
}

// C0, DEL, C1, line separators, bidirectional controls, zero-width characters, lone surrogates, BOM.
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
