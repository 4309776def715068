/** The style sheet of a report: light and dark by the reader's system, colours that differ in lightness too. */
export const HTML_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #59636e; --paper: #fff; --panel: #f6f8fa; --rule: #d1d9e0;
  --critical: #b3261e; --warning: #8a5300; --ok: #1a6b33; --used: #0b5cad; --other: #6e40aa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9da7b1; --paper: #0f1419; --panel: #182028;
  --rule: #36414c; --critical: #ff8a80; --warning: #e3b341; --ok: #6fcf8a; --used: #6cb6ff; --other: #c9a5ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .5rem; padding: .75rem 1rem; border-left: .4rem solid; background: var(--panel); }
h1.critical { border-color: var(--critical); } h1.warning { border-color: var(--warning); }
h1.ok { border-color: var(--ok); } h1.unknown { border-color: var(--quiet); }
h1 b, h2 b { text-transform: uppercase; letter-spacing: .05em; font-size: .8em; margin-right: .5em; }
.critical b { color: var(--critical); } .warning b { color: var(--warning); } .ok b { color: var(--ok); } .unknown b { color: var(--quiet); }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .25rem 0; } .quiet, footer { color: var(--quiet); }
pre { margin: .25rem 0 .75rem; padding: .6rem .8rem; background: var(--panel); border: 1px solid var(--rule); overflow-x: auto; user-select: all; }
code, pre, td.n, th.n { font-family: ui-monospace, monospace; font-size: .9em; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; margin: .5rem 0; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { font-weight: 600; color: var(--quiet); } .n { text-align: right; white-space: nowrap; }
meter { width: 6rem; vertical-align: middle; }
figure { margin: 1rem 0; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: none; }
svg text { fill: var(--quiet); } .grid { stroke: var(--rule); } path { stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.limit { stroke: var(--critical); stroke-dasharray: 6 4; } .used { stroke: var(--used); } .harmful { stroke: var(--critical); }
.other { stroke: var(--other); stroke-dasharray: 2 3; }
svg text.label { stroke: none; font-weight: 600; } text.used { fill: var(--used); } text.limit, text.harmful { fill: var(--critical); } text.other { fill: var(--other); }
footer { margin-top: 2rem; border-top: 1px solid var(--rule); padding-top: .75rem; font-size: .9rem; }
@media print { body { max-width: none; padding: 0; } figure, table { break-inside: avoid; } }
`;
