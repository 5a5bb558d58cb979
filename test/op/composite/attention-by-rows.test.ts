/** Attention by rows is attention: the same numbers in float64, from programs that hold no scores. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { vmap } from '../../../src/grad/batch.js'
import { pullBack } from '../../../src/grad/vjp.js'
import { expand } from '../../../src/compile/expand.js'
import { compileForSimd } from '../../../src/compile/simd/compile.js'
import type { Graph } from '../../../src/ir/graph.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { attentionByRows } from '../../../src/op/composite/attention.js'
import { attentionGradientByRows } from '../../../src/op/composite/attention-gradient.js'
import type { AttentionOperands } from '../../../src/op/composite/attention-operands.js'
import { attentionGradientValues, attentionValues } from '../../../src/op/composite/attention-values.js'
import type { NdArray } from '../../../src/op/def.js'
import { build as b } from '../../../src/op/index.js'
import { evaluate } from '../../../src/run/reference.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { noise } from '../../support/arbitrary.js'
import { expectNear } from '../../support/close.js'
import { expectRight } from '../../support/gpu-environment.js'

const size = fc.integer({ min: 1, max: 6 })

/** How far bias and mask broadcast: axes of the scores [heads, T, S] that they have. */
const axesOnScores = fc.constantFrom('none', 'hts', 'ts', 's', 't1', 'h1s')
const shapeOf = (axes: string, sizes: Readonly<Record<string, number>>): readonly number[] =>
  [...axes].map((axis) => sizes[axis] ?? 1)

const cases = fc
  .record({
    heads: size,
    targets: size,
    sources: size,
    width: size,
    wide: size,
    bias: axesOnScores,
    mask: axesOnScores,
    seed: fc.nat(),
    scale: fc.constantFrom(0.3, 1, 20),
  })
  .map(({ heads: h, targets: t, sources: s, width, wide, bias, mask, seed, scale }) => {
    const random = (stream: number, shape: readonly number[]): NdArray => ({
      shape,
      data: noise(seed, stream, sizeOf(shape)),
    })
    const onScores = (axes: string, stream: number): NdArray | undefined =>
      axes === 'none' ? undefined : random(stream, shapeOf(axes, { h, t, s }))
    const open = onScores(mask, 4)
    const operands: AttentionOperands<NdArray> = {
      q: random(0, [h, t, width]),
      k: random(1, [h, s, width]),
      v: random(2, [h, s, wide]),
      bias: onScores(bias, 3),
      mask: open && { ...open, data: open.data.map((x) => (x > -0.3 ? 1 : 0)) },
    }
    return { operands, g: random(5, [h, t, wide]), scale }
  })

const tensor = ({ shape, data }: NdArray): Tensor => b.table(data, shape)
const tensorsOf = ({ q, k, v, bias, mask }: AttentionOperands<NdArray>): AttentionOperands<Tensor> => ({
  q: tensor(q),
  k: tensor(k),
  v: tensor(v),
  bias: bias && tensor(bias),
  mask: mask && b.greater(tensor(mask), b.constant(0)),
})

describe('by rows', () => {
  it('attention is the mean of the values by the weights, with any bias and mask', () => {
    fc.assert(
      fc.property(cases, ({ operands, scale }) => {
        const [found] = evaluate([attentionByRows(b, scale, tensorsOf(operands))])
        const shape = [...operands.q.shape.slice(0, -1), operands.v.shape.at(-1) ?? 1]
        expectNear(
          'value',
          found ?? { shape: [], data: new Float64Array() },
          attentionValues(scale, operands, shape),
          1e-10,
        )
      }),
    )
  })

  it('its gradient is the gradient', () => {
    fc.assert(
      fc.property(cases, ({ operands, g, scale }) => {
        const found = evaluate(
          attentionGradientByRows(b, scale, { operands: tensorsOf(operands), g: tensor(g) }),
        )
        const meant = attentionGradientValues(scale, operands, g)
        expect(found.length).toBe(meant.length)
        // Cotangents cancel where a row has one key: rounding is then relative to their parts.
        found.forEach((x, i) =>
          expectNear(`gradient ${i}`, x, meant[i] ?? x, 1e-10, { shape: [1], data: Float64Array.of(scale) }),
        )
      }),
    )
  })
})

interface Asked {
  readonly heads: number
  readonly tokens: number
  readonly width: number
  readonly bias: string
  readonly mask: string
  /** The operands whose cotangents are asked for. */
  readonly by: readonly ('q' | 'k' | 'v' | 'bias')[]
}

const usual: Asked = { heads: 8, tokens: 8192, width: 16, bias: 'none', mask: 'none', by: ['q', 'k', 'v'] }

/** The value of attention over [heads, tokens, width], and gradients. */
const graphOf = ({ heads, tokens, width, bias, mask, by }: Asked): Graph => {
  const input = (name: string, shape: readonly number[]): Tensor => inputTensor(name, shape, 'f32')
  const onScores = (name: string, axes: string): Tensor | undefined =>
    axes === 'none' ? undefined : input(name, shapeOf(axes, { h: heads, t: tokens, s: tokens }))
  const rows = [heads, tokens, width]
  const [q, k, v, g] = [input('q', rows), input('k', rows), input('v', rows), input('g', rows)]
  const [biases, open] = [onScores('bias', bias), onScores('mask', mask)]
  const y = b.attention(q, k, v, 0.25, biases, open && b.greater(open, b.constant(0)))
  const operands = { q, k, v, bias: biases }
  // The result is used before the gradient is asked for, as it is in a network.
  const gradients = pullBack([y], [b.mul(g, y)], [...by.flatMap((name) => operands[name] ?? [])])
  return toGraph([y, ...gradients].map((result, i) => ({ name: `${i}`, tensor: result })))
}

const peakOf = (graph: Graph): number => {
  const inputs = ['q', 'k', 'v', 'g', 'bias', 'mask']
  const compiled = compileForSimd(graph, { inputs, carries: [], features: { relaxed: false, shared: false } })
  return expectRight(compiled).program.peakBytes
}

/** Nine operands and results, and rows of scores. */
const linearIn = ({ heads, tokens, width }: Asked): number => 20 * 4 * heads * tokens * width

const barriersIn = (asked: Asked, runsRows: boolean): number =>
  expand({ runsRows })(graphOf(asked)).nodes.filter(({ op }) => op === 'barrier').length

describe('on simd', () => {
  it.each([8, 20])('the memory of long attention in %i heads is linear in the tokens', (heads) => {
    const [once, twice] = [8192, 16_384].map((tokens) => ({ ...usual, heads, tokens }))
    if (!once || !twice) throw new RangeError('two lengths')
    expect(peakOf(graphOf(twice))).toBeLessThan(2.2 * peakOf(graphOf(once)))
    expect(peakOf(graphOf(twice))).toBeLessThan(linearIn(twice))
  })

  it('so it is with any bias and mask but one of all scores, whichever gradients are asked for', () => {
    const onScores = fc.constantFrom('none', 's', 't1', 'ht1', 'h1s')
    const by = fc.subarray(['q', 'k', 'v', 'bias'] as const, { minLength: 1 })
    fc.assert(
      fc.property(onScores, onScores, by, (bias, mask, asked) => {
        const given = { ...usual, bias, mask, by: asked }
        expect(peakOf(graphOf(given))).toBeLessThan(linearIn(given))
      }),
      { numRuns: 25 },
    )
  })

  it('so it is mapped over examples that share a bias', () => {
    const { heads, tokens, width } = usual
    const rows = [2, heads / 2, tokens, width] as const
    const [q, k, v, g] = ['q', 'k', 'v', 'g'].map((name) => inputTensor(name, rows, 'f32'))
    if (!q || !k || !v || !g) throw new RangeError('four operands')
    const bias = inputTensor('bias', [tokens], 'f32')
    const gradients = vmap((ofOne: readonly [Tensor, Tensor, Tensor, Tensor]) => {
      const [one, keys, values, cotangent] = ofOne
      return b.attentionGradient({ q: one, k: keys, v: values, bias, mask: undefined }, cotangent, 0.25)
    })([q, k, v, g])
    expect(gradients.map(({ shape }) => shape)).toEqual([rows, rows, rows, [2, tokens]])
    const graph = toGraph(gradients.map((tensor, i) => ({ name: `${i}`, tensor })))
    expect(peakOf(graph)).toBeLessThan(linearIn(usual))
  })

  it.each([
    ['few scores', { ...usual, tokens: 512 }],
    ['the scores of heads that run one after the other anyway', { ...usual, heads: 64, tokens: 1024 }],
  ])('%s are kept, which is faster', (_what, given) => {
    expect(barriersIn(given, true)).toBe(0)
  })

  it('other targets keep scores, which they would store twice otherwise', () => {
    expect(barriersIn({ ...usual, tokens: 4096 }, true)).toBe(2)
    expect(barriersIn({ ...usual, tokens: 4096 }, false)).toBe(0)
  })
})
