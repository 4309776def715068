import type { Window } from '../../model/index.js';
import type { ConfidenceReason, Finding } from '../finding.js';

/** How far apart the samples of probe and counter may be on a starved host. */
const SAMPLED_APART_SEC = 5;

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

/**
 * How sure a probe is beside the kernel's own counter of the same thing, `null` when that could not be read.
 * The two are sampled some seconds apart while it goes on: that much, or a tenth, is no disagreement.
 */
export function rateProbeConfidence(
  window: Window,
  probed: number,
  counted: number | null,
  peakPerSec: number,
  ...reasons: ConfidenceReason[]
): Confidence {
  if (counted === null) return rateConfidence(window, 0.95, 'probe-alone', ...reasons);
  const tolerance = Math.max(10, 0.1 * Math.max(probed, counted), SAMPLED_APART_SEC * peakPerSec);
  return Math.abs(probed - counted) > tolerance
    ? rateConfidence(window, 0.9, 'probe-and-counter-differ', ...reasons)
    : rateConfidence(window, 1, 'probe-and-counter-agree', ...reasons);
}
