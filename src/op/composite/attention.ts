import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { fail, optionError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { AttentionCheck, AttentionShape } from '../../shape/attention.js'
import type { Shape } from '../../shape/dim.js'
import { printType, sizeOf } from '../../shape/dim.js'
import { alignedOperands, mappedOperand } from '../batching.js'
import type { Builder } from '../builder.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import type { AttentionOperands } from './attention-operands.js'
import { attentionOperands, checkAttention } from './attention-operands.js'
import { attentionValues } from './attention-values.js'
import { exponentialsOf, isByRows, throughSoftmax, transposed, weightsOf } from './attention-weights.js'

export type AttentionAttributes = {
  /** Factor on the products of queries and keys; 1/√D as a rule. */
  readonly scale: number
  /** Whether the last operand is a mask. */
  readonly masked: boolean
}

export const attentionAttributes: t.Type<AttentionAttributes, Attributes> = t.readonly(
  t.strict({ scale: t.number, masked: t.boolean }),
)

/** softmax(scale·q·kᵀ + bias)·v with one division a query, instead of one a score. */
export const attentionByRows = (b: Builder, scale: number, operands: AttentionOperands<Tensor>): Tensor => {
  const q = b.mul(operands.q, b.constant(scale))
  const { exponentials, total } = exponentialsOf(b, { ...operands, q })
  return b.div(b.matmul(exponentials, operands.v), total)
}

/** Cotangents of the operands, in their order, from that of the result. */
export const pullAttention = (
  b: Builder,
  scale: number,
  operands: AttentionOperands<Tensor>,
  g: Tensor,
): readonly (Tensor | null)[] => [
  ...b.attentionGradient(operands, g, scale),
  ...(operands.mask === undefined ? [] : [null]),
]

/** The tangent of the result from those of the operands; null where none has one. */
export const pushAttention = (
  b: Builder,
  scale: number,
  operands: AttentionOperands<Tensor>,
  directions: AttentionOperands<Tensor | null>,
): Tensor | null => {
  const { q, k, v } = operands
  const p = weightsOf(b, scale, operands)
  const products = [
    ...(directions.q ? [b.matmul(directions.q, transposed(b, k))] : []),
    ...(directions.k ? [b.matmul(q, transposed(b, directions.k))] : []),
  ].map((product) => b.mul(product, b.constant(scale)))
  const scores = [...products, ...(directions.bias ? [b.broadcast(directions.bias, p.shape)] : [])]
  const [first, ...others] = scores
  const parts = [
    ...(first === undefined ? [] : [b.matmul(throughSoftmax(b, p, others.reduce(b.add, first)), v)]),
    ...(directions.v ? [b.matmul(p, directions.v)] : []),
  ]
  const [part, ...more] = parts
  return part === undefined ? null : more.reduce(b.add, part)
}

export const attentionOp = defineComposite<AttentionAttributes>({
  name: 'attention',
  category: 'composite',
  doc:
    'Scaled dot-product attention (Vaswani et al. 2017): softmax(scale·q·kᵀ + bias)·v for queries [..., T, D], keys [..., S, D] ' +
    'and values [..., S, E]. After them may come a bias, added to the scores, such as relative positions, and a bool mask: a ' +
    'query attends only to keys where it is true, and has zeros as its result where it is nowhere. Derivatives, with p the ' +
    'weights: dv = pᵀg, ds = p ⊙ (gvᵀ − Σ p ⊙ gvᵀ), and dq = scale·ds·k, dk = scale·dsᵀq, dbias = ds.',
  attrs: attentionAttributes,
  type: ({ masked }, inputs) =>
    E.map(({ q, v }: AttentionOperands<{ readonly shape: Shape }>) => [
      { shape: [...q.shape.slice(0, -1), v.shape.at(-1) ?? 1], dtype: 'f32' as const },
    ])(checkAttention('attention', masked, inputs)),
  expand: (b, { scale, masked }, inputs) => {
    const operands = attentionOperands(masked, inputs)
    return operands === null ? [] : [b.matmul(weightsOf(b, scale, operands), operands.v)]
  },
  expandByRows: (b, { scale, masked }, inputs) => {
    const operands = attentionOperands(masked, inputs)
    return operands === null || !isByRows(operands) ? null : [attentionByRows(b, scale, operands)]
  },
  evaluate: ({ scale, masked }, inputs, [shape = []]) => {
    const operands = attentionOperands(masked, inputs)
    return operands === null ? [] : [attentionValues(scale, operands, shape)]
  },
  vjp: (b, { attrs: { scale, masked }, inputs, cotangents: [g] }) => {
    const operands = attentionOperands(masked, inputs)
    return operands === null || g === undefined ? [] : pullAttention(b, scale, operands, g)
  },
  jvp: (b, { attrs: { scale, masked }, inputs, tangents }) => {
    const operands = attentionOperands(masked, inputs)
    const directions = attentionOperands(masked, tangents)
    return [operands === null || directions === null ? null : pushAttention(b, scale, operands, directions)]
  },
  batch: (b, site) => {
    const { scale, masked } = site.attrs
    const [q, k, v] = [0, 1, 2].map((i) => mappedOperand(b, site, i))
    if (q === undefined || k === undefined || v === undefined) return []
    // Scores have the rank of queries: a bias or a mask of fewer axes is aligned to them, or broadcasts as it is.
    const operands = attentionOperands(masked, [q, k, v, ...alignedOperands(b, site).slice(3)])
    return operands === null ? [] : [b.attention(q, k, v, scale, operands.bias, operands.mask)]
  },
  cost: (_, [q, , v]) => {
    const scores = sizeOf([...(q?.shape.slice(0, -1) ?? []), v?.shape.at(-2) ?? 1])
    return { flops: scores * (2 * Number(q?.shape.at(-1) ?? 1) + 2 * Number(v?.shape.at(-1) ?? 1) + 13) }
  },
  samples: [
    {
      attrs: { scale: 0.5, masked: false },
      inputs: [
        { shape: ['t', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['s', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['s', 'e'], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { scale: 1, masked: false },
      inputs: [
        { shape: ['b', 2, 't', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['b', 2, 's', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['b', 2, 's', 'd'], dtype: 'f32', domain: 'any' },
        { shape: [2, 't', 's'], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { scale: 0.5, masked: true },
      inputs: [
        { shape: ['b', 't', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['b', 's', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['b', 's', 'e'], dtype: 'f32', domain: 'any' },
        { shape: ['t', 1], dtype: 'f32', domain: 'any' },
        { shape: ['t', 's'], dtype: 'bool', domain: 'bool' },
      ],
    },
    {
      attrs: { scale: 1, masked: true },
      inputs: [
        { shape: ['t', 2], dtype: 'f32', domain: 'any' },
        { shape: ['s', 2], dtype: 'f32', domain: 'any' },
        { shape: ['s', 3], dtype: 'f32', domain: 'any' },
        { shape: ['s'], dtype: 'bool', domain: 'bool' },
      ],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})

/** Options of `attention`. */
export interface AttentionOptions {
  /** 1/√D unless stated. */
  readonly scale?: number
  /** Added to the scores, to which it broadcasts. */
  readonly bias?: Tensor<Shape, 'f32'>
  /** True where a query may attend to a key; broadcasts to the scores. */
  readonly mask?: Tensor<Shape, 'bool'>
}

/** 1/√D for queries whose last axis has a size. */
const usualScale = (q: Tensor): number => {
  const width = q.shape.at(-1)
  return typeof width === 'number'
    ? 1 / Math.sqrt(width)
    : fail(
        optionError({
          where: 'attention',
          expected: 'a scale, where queries have a named last axis',
          found: printType(q),
          hint: 'give the scale as an option',
        }),
      )
}

/**
 * softmax(scale·q·kᵀ + bias)·v over the keys that the mask lets through: `pipe(q, attention(k, v))`.
 * @throws TraceFailure with a ShapeError where the operands do not fit.
 */
export const attention =
  <K extends Shape, V extends Shape>(
    k: Tensor<K, 'f32'>,
    v: Tensor<V, 'f32'>,
    { scale, bias, mask }: AttentionOptions = {},
  ) =>
  <Q extends Shape>(q: Tensor<Q, 'f32'> & AttentionCheck<Q, K, V>): Tensor<AttentionShape<Q, V>, 'f32'> =>
    typedResult(
      apply1(attentionOp, { scale: scale ?? usualScale(q), masked: mask !== undefined }, [
        q,
        k,
        v,
        ...[bias, mask].flatMap((operand) => operand ?? []),
      ]),
    )
