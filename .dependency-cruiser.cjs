// The arrows of the architecture: who may import whom (see CONTRIBUTING.md). Types count as well.
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|tui)/', pathNot: [from, ...allowed] },
});

const records = '^src/records/';
const model = '^src/model/';
const limits = '^src/limits/';
const diagnose = '^src/diagnose/';
const plan = '^src/plan/';
const render = '^src/render/';
const capture = '^src/capture/';
const sources = '^src/sources/';
const playback = '^src/playback/';
const exporter = '^src/exporter/';
const apply = '^src/apply/';
const prove = '^src/prove/';
const shell = '^src/shell/';
const safeText = '^src/safe-text\\.ts$';
const errno = '^src/errno\\.ts$';
const exit = '^src/exit\\.ts$';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    layer('parser-stands-alone', '^src/bpftrace-output-parser/', []),
    layer('errno', errno, []),
    layer('safe-text', safeText, []),
    layer('records', records, ['^src/bpftrace-output-parser/']),
    layer('model', model, [records]),
    layer('limits', limits, [model, records]),
    layer('diagnose', diagnose, [limits, model, records]),
    layer('plan', plan, [limits, model, records]),
    layer('render', render, [safeText, plan, diagnose, limits, model, records]),
    layer('capture', capture, [safeText, records, errno, shell]),
    layer('shell', shell, []),
    layer('sources', sources, [records, '^src/bpftrace-output-parser/', shell, errno]),
    layer('playback', playback, [render, capture, diagnose, limits, model, records, errno, exit]),
    layer('exporter', exporter, [safeText, render, diagnose, limits, model, records]),
    layer('apply', apply, [plan, render, sources, limits, model, records, shell, errno, exit]),
    layer('prove', prove, [sources, records, shell]),
    layer('tui', '^tui/', [
      '^src/playback/(screen-state|notice|truncation)\\.ts$',
      render,
      diagnose,
      model,
      records,
      errno,
    ]),
    layer('exit', exit, [capture, diagnose, errno]),
    {
      name: 'pure-core-touches-no-system',
      severity: 'error',
      from: { path: [records, model, limits, diagnose, plan, render, exporter] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'tui-only-by-dynamic-import',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^tui/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'commands-do-not-know-how-they-are-declared',
      severity: 'error',
      from: { path: '^src/(?!cli)' },
      to: { path: '^src/cli/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
