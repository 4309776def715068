import type { Figures } from './host-scenario.js';

/** A quarter of the table in use. */
export const ROOM: Figures = () => ({ 'net.netfilter.nf_conntrack_max': 65_536 });
export const LEVEL = { 'net.netfilter.nf_conntrack_count': 16_000 };
/** Clashes that cost a packet each. */
export const lost =
  (a: number): Figures =>
  (second) => ({
    ...LEVEL,
    'nf_conntrack.insert_failed': a * second,
    'nf_conntrack.drop': a * second,
  });
export const nat =
  (references: number | null): Figures =>
  (second) => ({ ...ROOM(second), 'modules.nat_references': references });
