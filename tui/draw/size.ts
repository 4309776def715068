/** The cells a view may fill. */
export interface Size {
  readonly width: number;
  readonly height: number;
}
