/** Attention by rows is attention: the same numbers in float64, from programs that hold no scores. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pullBack } from '../../../src/grad/vjp.js'
import { expand } from '../../../src/compile/expand.js'
import { compileForSimd } from '../../../src/compile/simd/compile.js'
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

/** The value and all gradients of attention over [heads, tokens, 16]. */
const graphOf = (heads: number, tokens: number) => {
  const [q, k, v, g] = ['q', 'k', 'v', 'g'].map((name) => inputTensor(name, [heads, tokens, 16], 'f32'))
  if (!q || !k || !v || !g) throw new RangeError('four operands')
  const y = b.attention(q, k, v, 0.25)
  // The result is used before the gradient is asked for, as it is in a network.
  const gradients = pullBack([y], [b.mul(g, y)], [q, k, v])
  return toGraph([y, ...gradients].map((result, i) => ({ name: `${i}`, tensor: result })))
}

const peakOf = (heads: number, tokens: number): number => {
  const compiled = compileForSimd(graphOf(heads, tokens), {
    inputs: ['q', 'k', 'v', 'g'],
    carries: [],
    features: { relaxed: false, shared: false },
  })
  return expectRight(compiled).program.peakBytes
}

describe('on simd', () => {
  it.each([8, 20])('the memory of long attention in %i heads is linear in the tokens', (heads) => {
    const [peak, twice] = [peakOf(heads, 8192), peakOf(heads, 16_384)]
    expect(twice).toBeLessThan(2.2 * peak)
    // Nine operands and results, and rows of scores.
    expect(twice).toBeLessThan(20 * 4 * heads * 16_384 * 16)
  })

  it('few scores are kept, which is faster', () => {
    const count = (byRows: boolean): number =>
      expand({ runsRows: byRows })(graphOf(8, 512)).nodes.filter(({ op }) => op === 'barrier').length
    expect(count(true)).toBe(count(false))
  })

  it('other targets keep scores, which they would store twice otherwise', () => {
    const barriers = (byRows: boolean): number =>
      expand({ runsRows: byRows })(graphOf(8, 4096)).nodes.filter(({ op }) => op === 'barrier').length
    expect(barriers(true)).toBe(2)
    expect(barriers(false)).toBe(0)
  })
})
