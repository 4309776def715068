/**
 * Makes untrusted text (process names, addresses, what a file contains) safe to print: control and escape
 * characters, bidirectional marks and zero-width characters become `·`, everything else stays.
 */
export function safeText(text: string, maxLength = 200): string {
  const cleaned = text.replace(UNPRINTABLE, '·');
  const characters = Array.from(cleaned);
  return characters.length <= maxLength ? cleaned : `${characters.slice(0, maxLength - 1).join('')}…`;
}

/** Makes JSON safe to print: the same characters become escapes, so that nothing is lost. Newlines stay. */
export function safeJson(json: string): string {
  // Nearly every line is plain ASCII, and this test is several times faster than the replacement.
  if (!BEYOND_ASCII.test(json)) return json;
  return json.replace(UNPRINTABLE, (character) =>
    character === '\n'
      ? character
      : Array.from({ length: character.length }, (_, unit) => escapeUnit(character.charCodeAt(unit))).join(
          '',
        ),
  );
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

const BEYOND_ASCII = /[^\n -~]/;

// Controls (C0, DEL, C1), formats (bidirectional, zero-width, soft hyphen, tags, BOM), lone surrogates, line and
// paragraph separators.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
