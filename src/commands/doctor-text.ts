import { safeText } from '../render/index.js';
import type { Wrap } from '../render/wrap.js';
import type { DoctorCheck } from './doctor-checks.js';

const MARKS = { works: 'ok     ', limited: 'limited', missing: 'MISSING' } as const;

/** What a check found, and what fixes it. */
export function checkLines({ name, verdict, says, fix }: DoctorCheck, wrap: Wrap): readonly string[] {
  const found = wrap(`${name}: ${safeText(says, 300)}`, '', `${MARKS[verdict]}  `);
  return fix === null ? found : [...found, ...fixLines(fix, wrap, ' '.repeat(11), 'fix: ')];
}

/** Advice is wrapped; a command, which has neither comma nor semicolon here, stays in one line, to be pasted. */
export function fixLines(fix: string, wrap: Wrap, indent: string, mark: string): readonly string[] {
  return /[,;] /.test(fix) ? wrap(fix, indent, mark) : [`${indent}${mark}${fix}`];
}
