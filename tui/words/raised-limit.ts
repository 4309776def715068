import type { Finding } from '../../src/diagnose/index.js';
import { CEILING_KINDS } from '../../src/model/index.js';
import { ceilingOf, formatCount } from '../../src/render/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { clockAt } from '../state/moments.js';

/** That somebody has raised the limit of a finding that still counts as going on; `null` where nobody has. */
export function raisedWords(state: ScreenState, finding: Finding): string | null {
  const { window } = state;
  if (window === null || finding.untilMs !== null) return null;
  const ceiling = ceilingOf(window, finding);
  const sysctl = ceiling === undefined ? null : CEILING_KINDS[ceiling.id].sysctl;
  const raised = window.limitChanges.findLast(
    ({ name, from, to, atMs }) => name === sysctl && to > from && atMs >= finding.sinceMs,
  );
  if (raised === undefined) return null;
  return `limit raised to ${formatCount(raised.to)} at ${clockAt(state, raised.atMs)}; over after 5 s without a refusal`;
}
