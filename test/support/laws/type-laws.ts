import * as E from 'fp-ts/lib/Either.js'
import { renderError } from '../../../src/error/error.js'
import { checkGraph } from '../../../src/ir/check.js'
import { attributeKey, toGraph } from '../../../src/ir/graph.js'
import { hashGraph } from '../../../src/ir/hash.js'
import { parseGraph } from '../../../src/ir/parse.js'
import { printAttribute, printGraph } from '../../../src/ir/print.js'
import type { Attributes } from '../../../src/ir/tensor.js'
import { outputsOf } from '../../../src/ir/tensor.js'
import type { Op, Sample } from '../../../src/op/def.js'
import { ops } from '../../../src/op/index.js'
import type { TensorType } from '../../../src/shape/dim.js'
import { printType, sameType, sizeOf } from '../../../src/shape/dim.js'
import type { Case } from '../arbitrary.js'
import { nodeOf, substituteAttributes } from '../arbitrary.js'
import { expectShape } from '../close.js'
import type { OpLaw } from './law.js'
import { meaning, resultTypes } from './law.js'

const print = (types: readonly TensorType[]): string => types.map(printType).join(', ')

const sameTypes = (a: readonly TensorType[], b: readonly TensorType[]): boolean =>
  a.length === b.length && a.every((type, i) => sameType(type, b[i] ?? { shape: [], dtype: 'bool' }))

/**
 * The rule's types with the axes in `names` left as names and the others bound, or null where it refuses: some
 * axes must have a size, as the one that is joined by concat. Attributes that are numbers cannot hold a name.
 */
const symbolicTypes = (
  op: Op,
  { sample, sizes }: Pick<Case, 'sample' | 'sizes'>,
  names: ReadonlySet<string>,
): readonly TensorType[] | null => {
  const size = (name: string): number => sizes[name] ?? 1
  const attrs = substituteAttributes(sample.attrs, (factors) => {
    const [only] = factors
    if (factors.length === 1 && only !== undefined) return names.has(only) ? only : size(only)
    return factors.some((name) => names.has(name))
      ? null
      : factors.reduce((product, name) => product * size(name), 1)
  })
  const types = sample.inputs.map(({ shape, dtype }) => ({
    dtype,
    shape: shape.map((dim) => (typeof dim === 'string' && !names.has(dim) ? size(dim) : dim)),
  }))
  const decoded = op.attrs.decode(attrs)
  if (E.isLeft(decoded)) return null
  const found = op.type(decoded.right, types)
  return E.isLeft(found) ? null : found.right
}

/** Named axes of the inputs, each alone and all together. */
const nameSets = (sample: Sample): readonly ReadonlySet<string>[] => {
  const names = [
    ...new Set(sample.inputs.flatMap(({ shape }) => shape.filter((dim) => typeof dim === 'string'))),
  ]
  return [...names.map((name) => new Set([name])), new Set(names)].filter(({ size }) => size > 0)
}

/** Whether some axis of some sample can be a name, so that models can be traced over a batch without a size. */
export const acceptsNames = (op: Op): boolean =>
  op.samples.some((sample) =>
    nameSets(sample).some((names) => symbolicTypes(op, { sample, sizes: {} }, names) !== null),
  )

export const hasNames = (op: Op): boolean => op.samples.some((sample) => nameSets(sample).length > 0)

const namedAxes: OpLaw = {
  name: 'the type rule accepts its samples, and on named axes gives the same types once they are bound',
  appliesTo: () => true,
  empty: true,
  check: (op, c) => {
    const expected = resultTypes(op, c.attrs, c.types)
    for (const names of nameSets(c.sample)) {
      const symbolic = symbolicTypes(op, c, names) ?? expected
      const bound = symbolic.map(({ shape, dtype }) => ({
        dtype,
        shape: shape.map((dim) => (typeof dim === 'string' ? (c.sizes[dim] ?? dim) : dim)),
      }))
      if (!sameTypes(bound, expected))
        throw new Error(`with names ${print(symbolic)}, bound ${print(bound)}; with sizes ${print(expected)}`)
    }
  },
}

/** Of a shape and dtype that no rule has a use for. */
const SUPERFLUOUS: TensorType = { shape: [7, 7, 7, 7, 7, 7], dtype: 'bool' }

const operandCount: OpLaw = {
  name: 'the type rule refuses an operand too many',
  appliesTo: () => true,
  empty: false,
  check: (op, { attrs, types }) => {
    const found = op.type(attrs, [...types, SUPERFLUOUS])
    if (E.isRight(found)) throw new Error(`accepts ${print([...types, SUPERFLUOUS])}`)
  },
}

const shapesMeet: OpLaw = {
  name: 'what is evaluated has the shapes of the type rule',
  appliesTo: () => true,
  empty: true,
  check: (op, c) => {
    const types = resultTypes(op, c.attrs, c.types)
    const values = meaning(op, c.attrs, c.types, c.inputs)
    if (values.length !== types.length) throw new Error(`${values.length} results, expected ${print(types)}`)
    values.forEach(({ shape, data }, i) => {
      expectShape(`result ${i}`, shape, types[i]?.shape.map(Number) ?? [])
      if (data.length !== sizeOf(shape))
        throw new Error(`result ${i} has ${data.length} elements for shape [${shape.join(', ')}]`)
    })
  },
}

const decodeTwice = (op: Op, attrs: Attributes): void => {
  const once = op.attrs.decode(attrs)
  if (E.isLeft(once))
    throw new Error(`the codec refuses the attributes of a sample: ${printAttribute(attrs)}`)
  if (attributeKey(once.right) !== attributeKey(attrs))
    throw new Error(`decoded ${printAttribute(once.right)} from ${printAttribute(attrs)}`)
}

const textRoundTrip: OpLaw = {
  name: 'its node passes the checker, is printed and read back the same, attributes included',
  appliesTo: () => true,
  empty: true,
  check: (op, c) => {
    decodeTwice(op, c.attrs)
    const node = nodeOf(op, c, resultTypes(op, c.attrs, c.types))
    const graph = toGraph(outputsOf(node).map((tensor, i) => ({ name: `out${i}`, tensor })))
    const text = printGraph(graph)
    const back = parseGraph(text)
    if (E.isLeft(back)) throw new Error(`not read back: ${renderError(back.left)}\n${text}`)
    if (printGraph(back.right) !== text) throw new Error(`read back as\n${printGraph(back.right)}`)
    if (hashGraph(back.right) !== hashGraph(graph))
      throw new Error(`another fingerprint after reading back\n${text}`)
    const checked = checkGraph(ops)(back.right)
    if (E.isLeft(checked)) throw new Error(renderError(checked.left))
  },
}

export const typeLaws: readonly OpLaw[] = [namedAxes, operandCount, shapesMeet, textRoundTrip]
