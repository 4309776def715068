import type { CeilingStats } from '../../src/model/index.js';

/** Below this share growth is no forecast: ten more connections on a quiet host would look like an alarm. */
const LEAST_SHARE = 0.1;
/** A time to full below this is always shown. */
const SOON_SEC = 600;

/** Whether the time to full is too far off to be worth showing on the screen; reports and `limits` keep it. */
export function isFarFromFull({ share, fullInSec }: Pick<CeilingStats, 'share' | 'fullInSec'>): boolean {
  return (share ?? 0) < LEAST_SHARE && (fullInSec ?? 0) > SOON_SEC;
}
