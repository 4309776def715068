/** The fields of a parsed line before they are decoded: untrusted. */
type Fields = Readonly<Record<string, unknown>>;

/** What older captures say differently, and how to read it today. Applied to parsed lines, before decoding. */
interface FixUp {
  readonly id: string;
  /** The newest version of the format in which it occurs. */
  readonly upToVersion: number;
  /** Which line it mends: the header, or records of one type. */
  readonly of: 'header' | 'netns';
  /** Why it is needed, with the ctdiag that wrote it so. */
  readonly why: string;
  /** Returns the line as today's ctdiag would have written it; the same object when there is nothing to mend. */
  mend(fields: Fields): Fields;
}

/** Every fix-up, oldest first. Add to it, never take away: captures of every version stay readable. */
export const FIX_UPS: readonly FixUp[] = [
  {
    id: 'label-without-prefix',
    upToVersion: 1,
    of: 'netns',
    why: 'ctdiag before 0.1.0 named a namespace `server`, since then `netns server`',
    mend: (fields) =>
      typeof fields['label'] === 'string' && !fields['label'].startsWith('netns ')
        ? { ...fields, label: `netns ${fields['label']}` }
        : fields,
  },
  {
    id: 'header-without-boot-id',
    upToVersion: 1,
    of: 'header',
    why: 'ctdiag before the flight recorder did not write which boot of the machine it saw',
    mend: (fields) => (Object.hasOwn(fields, 'bootId') ? fields : { ...fields, bootId: null }),
  },
];

/** Mends a header or a record of a capture of `version`; what is no object is left to the decoder. */
export function fixUp(line: unknown, version: number, isHeader: boolean): unknown {
  if (typeof line !== 'object' || line === null || Array.isArray(line)) return line;
  let fields = line as Fields;
  const kind = isHeader ? 'header' : fields['type'];
  for (const one of FIX_UPS) if (version <= one.upToVersion && one.of === kind) fields = one.mend(fields);
  return fields;
}
