import { column, seg, textLine } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import { BINDINGS } from '../keys.js';
import type { Binding } from '../binding.js';

const GROUPS: Readonly<Record<Binding['group'], string>> = {
  time: 'TIME',
  look: 'LOOK',
  keep: 'KEEP',
  leave: 'LEAVE',
};

/** Every key, from the table that binds it. */
export function helpLines(): Line[] {
  return Object.entries(GROUPS).flatMap(([group, title]) => [
    textLine(title, 'strong'),
    ...BINDINGS.filter((one) => one.group === group).map(({ shown, help }): Line => [
      seg('  '),
      column(shown, 8, 'left', 'accent'),
      seg(help),
    ]),
  ]);
}
