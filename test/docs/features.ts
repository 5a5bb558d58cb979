import * as E from 'fp-ts/lib/Either.js'
import type { Target } from '../../src/compile/capabilities.js'
import { CAPABILITIES } from '../../src/compile/capabilities.js'
import { compileGraph } from '../../src/compile/passes.js'
import { compileForSimd } from '../../src/compile/simd/compile.js'
import type { Graph } from '../../src/ir/graph.js'
import { isGraph, toGraph } from '../../src/ir/graph.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Category, Op, Sample } from '../../src/op/def.js'
import { apply } from '../../src/op/def.js'
import { ops } from '../../src/op/index.js'
import type { TensorType } from '../../src/shape/dim.js'
import { printType } from '../../src/shape/dim.js'
import { substituteAttributes } from '../support/arbitrary.js'
import { hasDerivative, resultTypes } from '../support/laws/law.js'

/** FEATURES.md: one row an op, all of it read from the records and from what the compiler makes of them. */

const TARGETS = Object.keys(CAPABILITIES) as readonly Target[]

/** Sizes for the names of a sample, so far apart that a size of the result tells what it was made of. */
const SIZES = [101, 211, 307, 401, 503, 601]

const namesOf = (sample: Sample): ReadonlyMap<string, number> => {
  const names = new Map<string, number>()
  const add = (name: string): void => {
    if (!names.has(name)) names.set(name, SIZES[names.size] ?? 701)
  }
  for (const { shape } of sample.inputs) for (const dim of shape) if (typeof dim === 'string') add(dim)
  substituteAttributes(sample.attrs, (found) => {
    found.forEach(add)
    return null
  })
  return names
}

/** The size in terms of names: n, n·m, n + 2, or the number itself. */
const symbolic = (size: number, names: ReadonlyMap<string, number>): string => {
  const all = [...names]
  for (const [name, value] of all) {
    const more = size - value
    if (Math.abs(more) <= 20) return more === 0 ? name : `${name} ${more > 0 ? '+' : '−'} ${Math.abs(more)}`
  }
  for (const [a, x] of all) {
    for (const [b, y] of all) {
      if (a !== b && x * y === size) return `${a}·${b}`
      const more = size - x - y
      if (a < b && more >= 0 && more <= 20) return `${a} + ${b}${more === 0 ? '' : ` + ${more}`}`
    }
    for (const factor of [2, 3, 4, 5, 6]) {
      if (x * factor === size) return `${factor}${a}`
      if (Math.ceil(x / factor) === size) return `⌈${a}/${factor}⌉`
      if (Math.floor(x / factor) === size) return `⌊${a}/${factor}⌋`
    }
  }
  return `${size}`
}

const printed = (types: readonly TensorType[], names: ReadonlyMap<string, number>): string =>
  types
    .map(({ shape, dtype }) => printType({ dtype, shape: shape.map((dim) => symbolic(Number(dim), names)) }))
    .join(', ') || '—'

interface Example {
  readonly attributes: string
  readonly rule: string
}

/** The sample with the most names, as an example of the type rule. */
const exampleOf = (op: Op): Example => {
  const sample = op.samples.reduce((a, b) => (namesOf(b).size > namesOf(a).size ? b : a))
  const names = namesOf(sample)
  const types = sample.inputs.map(({ shape, dtype }) => ({
    shape: shape.map((dim) => (typeof dim === 'number' ? dim : (names.get(dim) ?? 1))),
    dtype,
  }))
  const attrs = substituteAttributes(sample.attrs, (found) =>
    found.reduce((product, name) => product * (names.get(name) ?? 1), 1),
  )
  const shown = substituteAttributes(sample.attrs, (found) => found.join('·'))
  return {
    attributes: Object.entries(shown)
      .map(
        ([name, value]) =>
          `${name} ${isGraph(value) ? '{…}' : JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ')}`,
      )
      .join(', '),
    rule: `${printed(types, names)} → ${printed(resultTypes(op, attrs, types), names)}`,
  }
}

const compilesFor = (target: Target, graph: Graph, inputs: readonly string[]): boolean =>
  target === 'simd'
    ? E.isRight(compileForSimd(graph, { inputs, carries: [], features: { relaxed: true, shared: true } }))
    : E.isRight(compileGraph(graph, { target, inputs, carries: [] }))

/** Where the op compiles, alone and at every sample. */
const targetsOf = (op: Op): readonly Target[] =>
  TARGETS.filter((target) =>
    op.samples.every((sample) => {
      const bind = (names: readonly string[]): number => 3 ** names.length
      const inputs = sample.inputs.map(({ shape, dtype }, i) =>
        inputTensor(
          `x${i}`,
          shape.map((dim) => (typeof dim === 'number' ? dim : 3)),
          dtype,
        ),
      )
      const results = apply(op, substituteAttributes(sample.attrs, bind), inputs)
      const graph = toGraph(results.map((tensor, i) => ({ name: `y${i}`, tensor })))
      return compilesFor(
        target,
        graph,
        inputs.map((_, i) => `x${i}`),
      )
    }),
  )

const formOf = (op: Op): string =>
  op.lower === undefined
    ? 'expands'
    : op.kind === 'composite'
      ? `${op.lower.skeleton}, or expands`
      : op.lower.skeleton

const ruleOf = (expands: boolean): string => (expands ? 'of its expansion' : 'own')

const rowOf = (op: Op): string => {
  const { attributes, rule } = exampleOf(op)
  const targets = targetsOf(op)
  const differentiable = hasDerivative(op)
  return `| ${[
    `\`${op.name}\``,
    `${rule}${attributes === '' ? '' : ` at ${attributes}`}`,
    differentiable ? ruleOf(op.vjp === 'expand') : '—',
    differentiable ? ruleOf(op.jvp === 'expand') : '—',
    op.samples.some(({ inputs }) => inputs.length > 0) ? ruleOf(op.batch === 'expand') : '—',
    formOf(op),
    targets.length === TARGETS.length ? 'all' : targets.join(', '),
    op.tolerance.relative === 0 ? 'exact' : op.tolerance.relative.toExponential(0),
  ].join(' | ')} |`
}

const HEADER =
  '| op | type rule, at a sample | reverse mode | forward mode | vmap | kernel | targets | bound |\n' +
  '|---|---|---|---|---|---|---|---|'

export const featuresPage = (): string => {
  const tried = Object.values(ops).filter(({ samples }) => samples.length > 0)
  const categories = [...new Set(tried.map(({ category }) => category))] satisfies Category[]
  const sections = categories.map((category) => {
    const rows = tried.filter((op) => op.category === category).map(rowOf)
    return `## ${category}\n\n${HEADER}\n${rows.join('\n')}\n`
  })
  return [
    '# Features',
    '',
    `${tried.length} ops. Each is one record in \`src/op/\`, and this page is read from the records: \`npx vitest run test/docs -u\``,
    'writes it, and the tests fail while it is stale. Combinators that only compose ops (`stack`, `outer`, …) are in the',
    'docstrings of `crocuta`.',
    '',
    'A rule is the op’s own or that of the ops it expands into; all are held to float64 and to finite differences. The',
    `kernel is the loop skeleton the op is lowered to. Targets are those of ${TARGETS.map((target) => `\`${target}\``).join(', ')} on`,
    'which it compiles; on all that Node has, the conformance tests run it. The bound is on ‖a − b‖∞ / ‖b‖∞ against the',
    'float64 meaning; measured errors are in `docs/accuracy.md`.',
    '',
    ...sections,
  ].join('\n')
}
