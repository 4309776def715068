import type { Window } from '../../model/index.js';
import type { ConfidenceReason, Finding } from '../finding.js';

/** How far apart the samples of probe and counter may be on a starved host. */
export const SAMPLED_APART_SEC = 5;

type Confidence = Pick<Finding, 'confidence' | 'confidenceReasons'>;

/** A confidence less what the window did not see: lost events, gaps. */
export function rateConfidence(
  window: Window,
  confidence: number,
  ...reasons: ConfidenceReason[]
): Confidence {
  let left = confidence;
  const why = [...reasons];
  if ((window.last.coverage?.lostEvents ?? 0) > 0) {
    left -= 0.05;
    why.push('records-lost');
  }
  if (window.gaps.length > 0) {
    left -= 0.05;
    why.push('gap-in-window');
  }
  return { confidence: Math.round(left * 100) / 100, confidenceReasons: why };
}

/** Of the larger count, the least that the smaller one must reach for the two to confirm each other. */
const CONFIRMING_SHARE = 0.5;

/**
 * How sure a probe is beside the kernel's own counter of the same thing, `null` when that could not be read.
 * The two are sampled some seconds apart while it goes on: that much, or a tenth, is no disagreement. In a short
 * window that may be most of what was counted; then the counter neither confirms nor contradicts the probe.
 */
export function rateProbeConfidence(
  window: Window,
  probed: number,
  counted: number | null,
  peakPerSec: number,
  ...reasons: ConfidenceReason[]
): Confidence {
  if (counted === null) return rateConfidence(window, 0.95, 'probe-alone', ...reasons);
  const larger = Math.max(probed, counted);
  const apart = Math.abs(probed - counted);
  const isClose = apart <= Math.max(10, 0.1 * larger);
  if (isClose || (apart <= SAMPLED_APART_SEC * peakPerSec && larger - apart >= CONFIRMING_SHARE * larger))
    return rateConfidence(window, 1, 'probe-and-counter-agree', ...reasons);
  return apart <= SAMPLED_APART_SEC * peakPerSec
    ? rateConfidence(window, 0.95, 'probe-and-counter-apart', ...reasons)
    : rateConfidence(window, 0.9, 'probe-and-counter-differ', ...reasons);
}
