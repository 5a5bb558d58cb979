import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** One file that breaks each rule, in a small tree of its own. */
const OFFENDERS: readonly { readonly rule: string; readonly path: string; readonly text: string }[] = [
  { rule: 'base-imports-nothing-above-it', path: 'src/shape/a.ts', text: "import '../ir/leaf.js'" },
  { rule: 'ir-imports-nothing-above-it', path: 'src/ir/a.ts', text: "import '../op/leaf.js'" },
  {
    rule: 'op-imports-nothing-above-it',
    path: 'src/op/a.ts',
    text: "import type { X } from '../compile/leaf.js'\nexport type Y = X",
  },
  { rule: 'grad-imports-nothing-above-it', path: 'src/grad/a.ts', text: "import '../../kernels/leaf.js'" },
  { rule: 'compile-imports-nothing-above-it', path: 'kernels/a.ts', text: "import '../src/run/leaf.js'" },
  { rule: 'run-imports-nothing-above-it', path: 'src/run/a.ts', text: "import '../nn/leaf.js'" },
  {
    rule: 'train-io-inspect-imports-nothing-above-it',
    path: 'src/train/a.ts',
    text: "import '../report/leaf.js'",
  },
  { rule: 'nn-and-models-know-no-device', path: 'src/nn/a.ts', text: "import '../run/leaf.js'" },
  { rule: 'nn-and-models-know-no-device', path: 'models/m/a.ts', text: "import '../../src/compile/leaf.js'" },
  { rule: 'nn-knows-no-model', path: 'src/nn/b.ts', text: "import '../../models/m/leaf.js'" },
  {
    rule: 'examples-use-public-entry-points-only',
    path: 'examples/a.ts',
    text: "import '../src/run/leaf.js'",
  },
  { rule: 'the-entry-point-runs-in-a-browser', path: 'src/index.ts', text: "export * from './io/files.js'" },
  { rule: 'no-cycles', path: 'src/tree/a.ts', text: "export * from './b.js'" },
  { rule: 'nothing-unresolved', path: 'src/error/a.ts', text: "import './absent.js'" },
  { rule: 'no-development-package-in-the-library', path: 'src/op/b.ts', text: "import 'fast-check'" },
]

const ALLOWED: readonly (readonly [string, string])[] = [
  ...[
    'src/shape',
    'src/ir',
    'src/op',
    'src/grad',
    'src/compile',
    'kernels',
    'src/run',
    'src/nn',
    'src/train',
    'src/report',
    'models/m',
  ].map((folder) => [`${folder}/leaf.ts`, 'export type X = 1\nexport const x = 1'] as const),
  ['src/io/files.ts', "import { readFileSync } from 'node:fs'\nexport const read = readFileSync"],
  ['src/tree/b.ts', "export * from './a.js'"],
  ['src/cli/a.ts', "import '../../models/m/leaf.js'\nimport '../train/leaf.js'\nimport '../report/leaf.js'"],
  ['src/train/b.ts', "import '../nn/leaf.js'\nimport '../run/leaf.js'"],
  ['examples/b.ts', "import '../src/index.js'"],
]

const root = resolve(import.meta.dirname, '..', '..')
const config = join(root, '.dependency-cruiser.cjs')
const binary = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs')

interface Violation {
  readonly from: string
  readonly rule: { readonly name: string }
}

let folder = ''
let violations: readonly Violation[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crocuta-layers-'))
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [path, text] of [...ALLOWED, ...OFFENDERS.map(({ path, text }) => [path, text] as const)]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `${text}\n`)
  }
  const args = [binary, '--config', config, '--output-type', 'json', 'src', 'kernels', 'models', 'examples']
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const report = JSON.parse(stdout) as { readonly summary: { readonly violations: readonly Violation[] } }
  violations = report.summary.violations
}, 60_000)

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

test.each(OFFENDERS)('$path breaks $rule', ({ rule, path }) => {
  expect(violations.filter(({ from }) => from === path).map((violation) => violation.rule.name)).toContain(
    rule,
  )
})

test('what the layers allow is not reported', () => {
  const innocent = ALLOWED.map(([path]) => path).filter((path) => path !== 'src/tree/b.ts')
  expect(violations.filter(({ from }) => innocent.includes(from))).toEqual([])
})
