/** A rectangle of cells. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The panes of the main screen. */
export type PaneName = 'header' | 'verdict';

/** Where each pane stands. */
export type Layout = ReadonlyMap<PaneName, Rect>;

/** Places the panes on a screen of this size. */
export function layoutOf(width: number, height: number): Layout {
  return new Map([
    ['header', { left: 0, top: 0, width, height: 1 }],
    ['verdict', { left: 0, top: 1, width, height: Math.max(0, height - 1) }],
  ]);
}
