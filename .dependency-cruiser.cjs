/**
 * The layers, one way:
 * shape, error, tree → ir → op → grad → compile (+ kernels) → run → train, io, inspect → report, cli.
 * nn and models sit beside compile: they describe models and know no device.
 */
/** Node's own modules, by the names dependency-cruiser gives them. */
const nodeModule = `^(node:)?(${require('node:module').builtinModules.join('|')})$`

const layers = [
  { name: 'base', path: '^src/(shape|error|tree)/' },
  { name: 'ir', path: '^src/ir/' },
  { name: 'op', path: '^src/op/' },
  { name: 'grad', path: '^src/grad/' },
  { name: 'compile', path: '^(src/compile|kernels)/' },
  { name: 'run', path: '^src/run/' },
  { name: 'train, io, inspect', path: '^src/(train|io|inspect)/', knowsModels: true },
  { name: 'report, cli', path: '^src/(report|cli)/' },
]

/** Everything outside the chain of layers, which no layer but training and its neighbours may know. */
const beside = ['^src/nn/', '^models/', '^examples/', '^src/index']

const above = (i) => {
  const layer = layers[i]
  // Training, files and inspection need a model's type and its parameters.
  const others = layer.knowsModels ? beside.filter((path) => path !== '^src/nn/') : beside
  return [...layers.slice(i + 1).map(({ path }) => path), ...others]
}

const upward = layers.slice(0, -1).map(({ name, path }, i) => ({
  name: `${name.replaceAll(', ', '-')}-imports-nothing-above-it`,
  severity: 'error',
  from: { path },
  to: { path: above(i) },
}))

const forbidden = [
  ...upward,
  {
    name: 'nn-and-models-know-no-device',
    severity: 'error',
    from: { path: '^(src/nn|models)/' },
    to: {
      path: [
        '^(src/compile|kernels)/',
        '^src/(run|train|inspect|report|cli)/',
        '^examples/',
        '^src/io/node/',
      ],
    },
  },
  {
    name: 'nn-knows-no-model',
    severity: 'error',
    from: { path: '^src/nn/' },
    to: { path: ['^models/', '^src/io/'] },
  },
  {
    name: 'examples-use-public-entry-points-only',
    severity: 'error',
    from: { path: '^examples/' },
    to: {
      path: '^(src|kernels|models)/',
      pathNot: ['^src/index', '^src/[^/]+/index', '^src/io/node/index', '^models/[^/]+/index'],
    },
  },
  {
    name: 'the-entry-point-runs-in-a-browser',
    comment: 'What needs Node is reached through its own entry point (crocuta/io/node, the command line).',
    severity: 'error',
    from: { path: '^src/index\\.ts$' },
    to: { path: nodeModule, reachable: true },
  },
  {
    name: 'no-cycles',
    comment: 'Types may refer to each other; values may not.',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'nothing-unresolved',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-development-package-in-the-library',
    severity: 'error',
    from: { path: '^(src|kernels|models)/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm-peer', 'npm-optional'] },
  },
]

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
