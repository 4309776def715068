/** The fields of a parsed line before they are decoded: untrusted. */
type Fields = Readonly<Record<string, unknown>>;

/** A difference between older captures and today's, and how to convert it. Applied to parsed lines before decoding. */
interface FixUp {
  readonly id: string;
  /** Which lines it converts: the header, or records of one type. */
  readonly of: 'header' | 'netns';
  /** Why it is needed, and which ctdiag wrote it so. */
  readonly why: string;
  /** Whether a capture with this header needs it. */
  when(header: Fields): boolean;
  /** Returns the line as today's ctdiag would have written it. */
  apply(fields: Fields): Fields;
}

/** Headers of version 1 have a boot id since `--ring` was added. */
const beforeBootId = (header: Fields): boolean => header['version'] === 1 && !Object.hasOwn(header, 'bootId');

/** Every fix-up, oldest first. Only ever add to it: captures of every version stay readable. */
export const FIX_UPS: readonly FixUp[] = [
  {
    id: 'label-without-prefix',
    of: 'netns',
    why: 'ctdiag before 0.1.0 named a namespace `server`, since then `netns server`',
    when: beforeBootId,
    apply: (fields) =>
      typeof fields['label'] === 'string' && !fields['label'].startsWith('netns ')
        ? { ...fields, label: `netns ${fields['label']}` }
        : fields,
  },
  {
    id: 'header-without-boot-id',
    of: 'header',
    why: 'ctdiag before the flight recorder did not write which boot of the machine it saw',
    when: beforeBootId,
    apply: (fields) => ({ ...fields, bootId: null }),
  },
];

/** The fix-ups of one capture. Lines that are not objects pass through to the decoder. */
export interface FixUps {
  readonly header: unknown;
  readonly record: (line: unknown) => unknown;
}

/** The fix-ups for the capture with this parsed header. */
export function fixUpsFor(header: Fields): FixUps {
  const applicable = FIX_UPS.filter((fixUp) => fixUp.when(header));
  const applyAll = (fields: Fields, of: unknown): Fields =>
    applicable.reduce((line, fixUp) => (fixUp.of === of ? fixUp.apply(line) : line), fields);
  return {
    header: applyAll(header, 'header'),
    record: (line) =>
      applicable.length === 0 || typeof line !== 'object' || line === null
        ? line
        : applyAll(line as Fields, (line as Fields)['type']),
  };
}
