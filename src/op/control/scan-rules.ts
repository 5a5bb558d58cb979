/**
 * The rules of `scan`: each makes a loop whose body is the rule applied to the body. Captured operands are used as
 * they are, so what depends on them alone is computed once, outside the new loop.
 */
import type { Graph } from '../../ir/graph.js'
import { inlineGraph, variableAt } from '../../ir/nested.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import type { Primitive } from '../def.js'
import type { ScanAttributes } from './loop.js'
import { isSplat, loop, partsOf, sliceType } from './loop.js'

type Rules = Primitive<ScanAttributes>

const isFloat = ({ dtype }: Tensor): boolean => dtype === 'f32'

/** The tensors for which the flag beside them is set. */
const chosen = <T>(items: readonly T[], flags: readonly boolean[]): readonly T[] =>
  items.filter((_, i) => flags[i] === true)

/** One item for each flag: the next of `items` where it is set, else null. */
const spread = <T>(items: readonly T[], flags: readonly boolean[]): readonly (T | null)[] => {
  const next = items[Symbol.iterator]()
  return flags.map((flag) => {
    if (!flag) return null
    const { value, done } = next.next()
    return done === true ? null : value
  })
}

/** All slices of a sequence, or all pieces put together, by `expand`: the definition. */
export const unrolled = (
  b: Builder,
  attrs: ScanAttributes,
  operands: readonly Tensor[],
): readonly Tensor[] => {
  const { body, length, carries, reverse } = attrs
  const { init, sequences, captured } = partsOf(attrs, operands)
  const sliceAt = (x: Tensor, t: number): Tensor => {
    const rest = x.shape.slice(1)
    const start = [t, ...rest.map(() => 0)]
    return b.reshape(b.slice(x, start, [t + 1, ...rest]), rest)
  }
  let carry = init
  const pieces = new Map<number, readonly Tensor[]>()
  for (let step = 0; step < length; step++) {
    const t = reverse ? length - 1 - step : step
    const results = inlineGraph(body, [...carry, ...sequences.map((x) => sliceAt(x, t)), ...captured])
    carry = results.slice(0, carries)
    pieces.set(t, results.slice(carries))
  }
  const stacked = outputTypes(body)
    .slice(carries)
    .map(({ shape, dtype }, i) => {
      const rows = Array.from({ length }, (_, t) => pieces.get(t)?.[i])
      const found = rows.filter((row) => row !== undefined)
      return found.length === 0
        ? b.constant(0, [0, ...shape], dtype)
        : b.concat(
            found.map((row) => b.reshape(row, [1, ...shape])),
            0,
          )
    })
  return [...carry, ...stacked]
}

/** The types of a graph's results. */
export const outputTypes = ({ nodes, outputs }: Graph): readonly Pick<Tensor, 'shape' | 'dtype'>[] =>
  outputs.map(({ ref }) => {
    const type = nodes[ref.node]?.outputs[ref.output]
    if (type === undefined) throw new RangeError(`a graph of ${nodes.length} nodes has no %${ref.node}`)
    return type
  })

/** The node at which a closed graph reads its input number `position`, or -1. */
const inputNode = (body: Graph, position: number): number =>
  body.nodes.findIndex(({ op, attrs }) => op === 'input' && attrs['name'] === `${position}`)

/**
 * What came in at each step, for every carry: where the loop stacks it anyway, from there; otherwise from the same
 * loop once more, stacking that as well. A carry that the body does not read is null.
 */
const savedStates = (
  b: Builder,
  attrs: ScanAttributes,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
): readonly (Tensor | null)[] => {
  const { body, carries } = attrs
  const read = Array.from({ length: carries }, (_, i) => inputNode(body, i))
  const placeOf = (graph: Graph, node: number): number =>
    graph.outputs.findIndex(({ ref }, i) => i >= carries && ref.node === node)
  const missing = read.filter((node) => node >= 0 && placeOf(body, node) < 0)
  if (missing.length === 0) return read.map((node) => outputs[placeOf(body, node)] ?? null)
  const first = body.outputs.length
  const more = missing.map((node, i) => ({ name: `${first + i}`, ref: { node, output: 0 } }))
  const longer = { nodes: body.nodes, outputs: [...body.outputs, ...more] }
  const results = b.scan({ ...attrs, body: longer }, inputs)
  return read.map((node) => (node < 0 ? null : (results[placeOf(longer, node)] ?? null)))
}

/**
 * One loop in the other direction: its carry is the cotangents of the carry and, summed up, of what was captured;
 * each step computes the body again from the saved state and the slice.
 */
export const pullScan: Rules['vjp'] = (b, site) => {
  const { attrs, inputs, outputs, cotangents } = site
  if (attrs.unroll) {
    const fresh = inputs.map(b.identity)
    return b.pullBack(unrolled(b, attrs, fresh), cotangents, fresh)
  }
  const { init, sequences, captured } = partsOf(attrs, inputs)
  const states = savedStates(b, attrs, inputs, outputs)
  const saved = states.filter((state) => state !== null)
  const [floatInit, floatCaptured] = [init.map(isFloat), captured.map(isFloat)]
  const floatSequences = sequences.map(isFloat)
  const floatPieces = outputs.slice(attrs.carries).map(isFloat)
  const carryCotangents = chosen(cotangents.slice(0, attrs.carries), floatInit)
  const pieceCotangents = chosen(cotangents.slice(attrs.carries), floatPieces)
  const sums = chosen(captured, floatCaptured).map(b.zerosLike)
  const { carry, stacked } = loop(
    b,
    { length: attrs.length, reverse: !attrs.reverse, unroll: false, saveStates: false },
    [...carryCotangents, ...sums],
    [...saved, ...sequences, ...pieceCotangents],
    (later, slices) => {
      const state = spread(
        slices.slice(0, saved.length),
        states.map((found) => found !== null),
      )
      const operands = [
        // A carry that is not read stands for itself: only its type counts.
        ...init.map((x, i) => state[i] ?? x),
        ...slices.slice(saved.length, saved.length + sequences.length),
        ...captured,
      ].map(b.identity)
      const isActive = [...floatInit, ...floatSequences, ...floatCaptured]
      const results = inlineGraph(attrs.body, operands)
      const pulledFrom = [
        ...chosen(results.slice(0, attrs.carries), floatInit),
        ...chosen(results.slice(attrs.carries), floatPieces),
      ]
      const known = [
        ...later.slice(0, carryCotangents.length),
        ...slices.slice(saved.length + sequences.length),
      ]
      const flows = known.map((cotangent) => !isSplat(cotangent, 0))
      const pulled = b.pullBack(chosen(pulledFrom, flows), chosen(known, flows), chosen(operands, isActive))
      const all = spread(pulled, isActive)
      const of = partsOf(attrs, all)
      const grown = chosen(of.captured, floatCaptured).map((cotangent, i) => {
        const sum = later[carryCotangents.length + i]
        if (cotangent === null || sum === undefined) throw new RangeError('a captured operand has no sum')
        return b.add(sum, cotangent)
      })
      return {
        carry: [...chosen(of.init, floatInit).flatMap((x) => x ?? []), ...grown],
        pieces: chosen(of.sequences, floatSequences).flatMap((x) => x ?? []),
      }
    },
  )
  return [
    ...spread(carry.slice(0, carryCotangents.length), floatInit),
    ...spread(stacked, floatSequences),
    ...spread(carry.slice(carryCotangents.length), floatCaptured),
  ]
}

/** One loop over values and tangents together. */
export const pushScan: Rules['jvp'] = (b, { attrs, inputs, tangents }) => {
  if (attrs.unroll) {
    const fresh = inputs.map(b.identity)
    return b.pushForward(unrolled(b, attrs, fresh), fresh, tangents)
  }
  const { init, sequences, captured } = partsOf(attrs, inputs)
  const given = partsOf(attrs, tangents)
  const floatInit = init.map(isFloat)
  const movingSequences = given.sequences.map((tangent) => tangent !== null)
  const floatPieces = outputTypes(attrs.body)
    .slice(attrs.carries)
    .map(({ dtype }) => dtype === 'f32')
  const { carry, stacked } = loop(
    b,
    { length: attrs.length, reverse: attrs.reverse, unroll: false, saveStates: false },
    [
      ...init,
      ...chosen(
        init.map((x, i) => given.init[i] ?? b.zerosLike(x)),
        floatInit,
      ),
    ],
    [...sequences, ...given.sequences.flatMap((tangent) => tangent ?? [])],
    (both, slices) => {
      const operands = [
        ...both.slice(0, attrs.carries),
        ...slices.slice(0, attrs.sequences),
        ...captured,
      ].map(b.identity)
      const results = inlineGraph(attrs.body, operands)
      const moved = b.pushForward(results, operands, [
        ...spread(both.slice(attrs.carries), floatInit),
        ...spread(slices.slice(attrs.sequences), movingSequences),
        ...given.captured,
      ])
      const orZero = results.map((result, i) => moved[i] ?? b.zerosLike(result))
      return {
        carry: [...results.slice(0, attrs.carries), ...chosen(orZero.slice(0, attrs.carries), floatInit)],
        pieces: chosen(orZero.slice(attrs.carries), floatPieces),
      }
    },
  )
  return [...spread(carry.slice(attrs.carries), floatInit), ...spread(stacked, floatPieces)]
}

/** Which of a closed graph's results depend on the inputs so marked. */
const dependsOn = (body: Graph, marked: readonly boolean[]): readonly boolean[] => {
  const depends: boolean[] = []
  for (const { op, attrs, inputs } of body.nodes)
    depends.push(
      op === 'input'
        ? marked[Number(attrs['name'])] === true
        : inputs.some(({ node }) => depends[node] === true),
    )
  return body.outputs.map(({ ref }) => depends[ref.node] === true)
}

/** Which carries differ from place to place: those that begin so, and those that come to depend on what does. */
const mappedCarries = (
  { body, carries }: ScanAttributes,
  isMapped: readonly boolean[],
): readonly boolean[] => {
  let mapped = isMapped
  for (let before = -1; before !== mapped.filter(Boolean).length;) {
    before = mapped.filter(Boolean).length
    const results = dependsOn(body, mapped)
    mapped = mapped.map((flag, i) => flag || (i < carries && results[i] === true))
  }
  return mapped.slice(0, carries)
}

/** x with its first two axes exchanged. */
const exchanged = (b: Builder, x: Tensor): Tensor =>
  b.permute(x, [1, 0, ...x.shape.map((_, i) => i).slice(2)])

/** One loop for all places; a carry that is the same for all stays so. */
export const mapScan: Rules['batch'] = (b, { attrs, inputs, isMapped, size }) => {
  const carriesMapped = mappedCarries(attrs, isMapped)
  const { init, sequences, captured } = partsOf(attrs, inputs)
  const of = partsOf(attrs, isMapped)
  const everywhere = (x: Tensor): Tensor => b.broadcast(x, [size, ...x.shape])
  const start = init.map((x, i) => (carriesMapped[i] === true && of.init[i] !== true ? everywhere(x) : x))
  const isMappedInside = [...carriesMapped, ...of.sequences, ...of.captured]
  const piecesMapped = dependsOn(attrs.body, isMappedInside).slice(attrs.carries)
  const { carry, stacked } = loop(
    b,
    { length: attrs.length, reverse: attrs.reverse, unroll: attrs.unroll, saveStates: false },
    start,
    sequences.map((x, i) => (of.sequences[i] === true ? exchanged(b, x) : x)),
    (now, slices) => {
      const operands = [...now, ...slices, ...captured]
      const variables = operands.map((x, i) => (isMappedInside[i] === true ? variableAt(i, sliceType(x)) : x))
      const results = inlineGraph(attrs.body, variables)
      const all = b.mapOver(
        results,
        chosen(variables, isMappedInside),
        chosen(operands, isMappedInside),
        size,
      )
      return {
        carry: results.slice(0, attrs.carries).map((x, i) => (carriesMapped[i] === true ? (all[i] ?? x) : x)),
        pieces: results
          .slice(attrs.carries)
          .map((x, i) => (piecesMapped[i] === true ? (all[attrs.carries + i] ?? x) : x)),
      }
    },
  )
  return [
    ...carry.map((x, i) => (carriesMapped[i] === true ? x : everywhere(x))),
    ...stacked.map((x, i) => (piecesMapped[i] === true ? exchanged(b, x) : everywhere(x))),
  ]
}
