/** What may be left out of a name, in turn: whom it is about matters more than what kind it is. */
const SHORTER: readonly (readonly [RegExp, string])[] = [
  [/^conntrack entries in /, 'conntrack in '],
  [/^accept queue /, 'queue '],
  [/^local ports from (\S+) to /, 'ports $1 → '],
  [/^(conntrack) in /, '$1 '],
];

/** A safe name in so many columns: its kind is shortened first, then its middle goes, so that its end always stays. */
export function fitTitle(title: string, width: number): string {
  let text = title;
  for (const [long, short] of SHORTER) {
    if (text.length <= width) return text;
    text = text.replace(long, short);
  }
  if (text.length <= width) return text;
  const [kind = ''] = text.split(' ');
  const room = width - kind.length - 2;
  // With little room even the kind goes: the end tells subjects apart.
  return room < 8
    ? `…${text.slice(text.length - Math.max(0, width - 1))}`.slice(0, Math.max(0, width))
    : `${kind} …${text.slice(text.length - room)}`;
}
