import type { Finding } from '../../src/diagnose/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

/** What a finding is about, the same from second to second whatever its figures are. */
export function pinOf({ code, subject }: Finding): string {
  switch (subject.kind) {
    case 'node':
      return code;
    case 'netns':
      return `${code} ${subject.netns}`;
    case 'listener': {
      const { netns, address, port } = subject.listener;
      return `${code} ${netns} ${address} ${port}`;
    }
    case 'process':
      return `${code} ${subject.process.pid}`;
    case 'ports': {
      const { netns, source, destination, port } = subject.ports;
      return `${code} ${netns} ${source} ${destination} ${port}`;
    }
  }
}

/** The state with the pinned finding before all others; as it is where that is not there any more. */
export function withPinFirst(state: ScreenState, pin: string | null): ScreenState {
  const { diagnosis } = state;
  const pinned = diagnosis?.findings.find((finding) => pinOf(finding) === pin);
  if (diagnosis == null || pinned === undefined) return state;
  const others = diagnosis.findings.filter((finding) => finding !== pinned);
  return { ...state, diagnosis: { ...diagnosis, findings: [pinned, ...others] } };
}
