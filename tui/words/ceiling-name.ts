import type { CeilingStats } from '../../src/model/index.js';
import { ceilingTitle } from '../../src/render/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { hostNetns } from '../state/moments.js';

/** The name of a ceiling on the screen: with several namespaces, that of the host is named as well. */
export function ceilingName(state: ScreenState, ceiling: CeilingStats): string {
  const title = ceilingTitle(ceiling, state.window?.last.netnsLabels ?? new Map(), hostNetns(state));
  const { scope } = ceiling;
  if (scope.kind !== 'netns' || scope.netns !== hostNetns(state)) return title;
  const several = (state.window?.ceilings ?? []).some(
    (other) => other.id === ceiling.id && other.key !== ceiling.key,
  );
  return several ? `${title} in host` : title;
}
