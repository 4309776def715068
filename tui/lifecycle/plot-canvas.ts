import { createRequire } from 'node:module';
import type { Widgets } from 'blessed';
import type { Plot } from '../chart/plot.js';
import { colorOf, PALETTE } from '../draw/palette.js';
import type { Theme } from '../draw/palette.js';
import type { Rect } from '../layout.js';

// The part of blessed-contrib's canvas that is used; its sub-paths have no types.
interface Context {
  strokeStyle: string | number;
  clearRect(x: number, y: number, width: number, height: number): void;
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
}

interface CanvasElement extends Widgets.BoxElement {
  canvasSize: { width: number; height: number };
  ctx: Context;
  calcSize(): void;
}

type CanvasConstructor = new (options: Widgets.BoxOptions) => CanvasElement;

/** A Braille canvas on the screen. */
export interface PlotCanvas {
  show(plot: Plot, at: Rect): void;
  remove(): void;
}

/**
 * A canvas for one plot, drawn with blessed-contrib's Braille canvas. Only that widget is loaded (its index
 * takes 270 ms), and only once a chart is shown.
 */
export function openPlotCanvas(screen: Widgets.Screen, colors: number, theme: Theme): PlotCanvas {
  const require = createRequire(import.meta.url);
  const Canvas = require('blessed-contrib/lib/widget/canvas.js') as CanvasConstructor;
  let canvas: CanvasElement | null = null;
  let shownAt = '';
  let shown = '';

  function make(at: Rect): CanvasElement {
    canvas?.detach();
    const made = new Canvas({ ...at, screen, tags: false, wrap: false });
    // The widget keeps a margin for axes of its own; ours are text.
    made.calcSize = () => {
      made.canvasSize = { width: at.width * 2, height: at.height * 4 };
    };
    // Attaching makes its context: it must be on the screen before it can be drawn on.
    screen.append(made);
    canvas = made;
    return made;
  }

  return {
    show(plot, at) {
      const key = JSON.stringify(at);
      const data = JSON.stringify(plot.strokes);
      if (key === shownAt && data === shown) return;
      // A canvas that is resized corrupts: a new one is cheaper than mending it.
      const target = canvas === null || key !== shownAt ? make(at) : canvas;
      const { ctx, canvasSize } = target;
      if (key === shownAt) ctx.clearRect(0, 0, canvasSize.width, canvasSize.height);
      shownAt = key;
      shown = data;
      for (const { tone, dots } of plot.strokes) {
        ctx.strokeStyle = colorOf(PALETTE[theme][tone], colors) ?? 'normal';
        ctx.beginPath();
        dots.forEach(({ x, y }, index) => (index === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)));
        ctx.stroke();
      }
    },
    remove() {
      canvas?.detach();
      canvas = null;
      shownAt = '';
    },
  };
}
