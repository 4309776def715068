// The arrows of the architecture: who may import whom (see CONTRIBUTING.md).
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|tui)/', pathNot: [from, ...allowed] },
});

const pure = ['^src/records/', '^src/model/', '^src/diagnose/', '^src/render/', '^src/plan/'];

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    layer('parser-stands-alone', '^src/bpftrace-output-parser/', []),
    layer('records', '^src/records/', ['^src/bpftrace-output-parser/']),
    layer('model', '^src/model/', ['^src/records/']),
    layer('diagnose', '^src/diagnose/', ['^src/model/', '^src/plan/', '^src/records/']),
    layer('plan', '^src/plan/', ['^src/model/', '^src/records/']),
    layer('render', '^src/render/', ['^src/model/', '^src/diagnose/', '^src/plan/', '^src/records/']),
    layer('capture', '^src/capture/', ['^src/records/']),
    layer('sources', '^src/sources/', ['^src/records/', '^src/bpftrace-output-parser/']),
    layer('tui', '^tui/', ['^src/render/', '^src/diagnose/', '^src/model/', '^src/records/']),
    {
      name: 'pure-core-touches-no-system',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'tui-only-by-dynamic-import',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^tui/', dynamic: false, dependencyTypesNot: ['type-only'] },
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
