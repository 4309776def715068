/** The fields of a parsed line before they are decoded: untrusted. */
type Fields = Readonly<Record<string, unknown>>;

/** What older captures say differently, and how to read it today. Applied to parsed lines, before decoding. */
interface FixUp {
  readonly id: string;
  /** Which line it mends: the header, or records of one type. */
  readonly of: 'header' | 'netns';
  /** Why it is needed, with the ctdiag that wrote it so. */
  readonly why: string;
  /** Whether the capture with this header needs it. */
  when(header: Fields): boolean;
  /** Returns the line as today's ctdiag would have written it. */
  mend(fields: Fields): Fields;
}

/** Headers of version 1 name the boot since the flight recorder came. */
const beforeBootId = (header: Fields): boolean => header['version'] === 1 && !Object.hasOwn(header, 'bootId');

/** Every fix-up, oldest first. Add to it, never take away: captures of every version stay readable. */
export const FIX_UPS: readonly FixUp[] = [
  {
    id: 'label-without-prefix',
    of: 'netns',
    why: 'ctdiag before 0.1.0 named a namespace `server`, since then `netns server`',
    when: beforeBootId,
    mend: (fields) =>
      typeof fields['label'] === 'string' && !fields['label'].startsWith('netns ')
        ? { ...fields, label: `netns ${fields['label']}` }
        : fields,
  },
  {
    id: 'header-without-boot-id',
    of: 'header',
    why: 'ctdiag before the flight recorder did not write which boot of the machine it saw',
    when: beforeBootId,
    mend: (fields) => ({ ...fields, bootId: null }),
  },
];

/** Mends the parsed lines of one capture; what is no object is left to the decoder. */
export interface Mender {
  readonly header: unknown;
  readonly record: (line: unknown) => unknown;
}

/** The fix-ups that the capture with this parsed header needs. */
export function menderFor(header: Fields): Mender {
  const needed = FIX_UPS.filter((fixUp) => fixUp.when(header));
  const mended = (fields: Fields, of: unknown): Fields =>
    needed.reduce((line, fixUp) => (fixUp.of === of ? fixUp.mend(line) : line), fields);
  return {
    header: mended(header, 'header'),
    record: (line) =>
      needed.length === 0 || typeof line !== 'object' || line === null
        ? line
        : mended(line as Fields, (line as Fields)['type']),
  };
}
