import { jvp } from '../../../src/grad/jvp.js'
import { vjp } from '../../../src/grad/vjp.js'
import type { NdArray, Op } from '../../../src/op/def.js'
import { noise, noiseLike } from '../arbitrary.js'
import { expectClose } from '../close.js'
import type { ArrayFunction } from '../../../src/inspect/finite-differences.js'
import {
  directionalDerivative,
  dot,
  dotScale,
  joined,
  sizeOfAll,
  split,
  unitVector,
} from '../../../src/inspect/finite-differences.js'
import type { FloatPart, OpLaw, TensorFunction } from './law.js'
import { arrayFunction, floatPart, hasDerivative } from './law.js'

const RELATIVE = 1e-6
const ABSOLUTE = 1e-8
/** Up to so many entries of the Jacobian each is compared; beyond, random projections. */
const WHOLE_JACOBIAN = 64
const PROJECTIONS = 3

/** (x, u) ↦ Jᵀu as a function of tensors. */
const pull =
  (f: TensorFunction, count: number): TensorFunction =>
  (all) =>
    vjp(f)(all.slice(0, count)).pullback(all.slice(count))

/** Stopping the gradient is defined by contradicting the differences: its derivative is zero. */
const derivativeOf = (
  op: Op,
  f: ArrayFunction,
  at: readonly NdArray[],
): ((direction: Float64Array) => Float64Array) =>
  op.name === 'stopGradient'
    ? () => new Float64Array(sizeOfAll(f(at)))
    : (direction) => directionalDerivative(f, at, direction)

interface Probes {
  readonly cotangents: readonly Float64Array[]
  readonly directions: readonly Float64Array[]
}

/** Cotangents and directions in whose pairs two derivatives are compared. */
const probes = (seed: number, inputs: number, outputs: number): Probes => {
  const whole = inputs * outputs <= WHOLE_JACOBIAN
  const some = (size: number, stream: number): readonly Float64Array[] =>
    Array.from({ length: whole ? size : PROJECTIONS }, (_, i) =>
      whole ? unitVector(size, i) : noise(seed, stream + i, size),
    )
  return { cotangents: some(outputs, 100), directions: some(inputs, 200) }
}

/** Compares uᵀ(Jv) by differences with (Jᵀu)ᵀv by the rule, for all pairs of probes. */
const compare = (
  what: string,
  op: Op,
  f: ArrayFunction,
  at: readonly NdArray[],
  pulled: (u: Float64Array) => Float64Array,
  seed: number,
): void => {
  const { cotangents, directions } = probes(seed, sizeOfAll(at), sizeOfAll(f(at)))
  const along = derivativeOf(op, f, at)
  const columns = directions.map(along)
  cotangents.forEach((u, row) => {
    const gradient = pulled(u)
    expectClose(
      `${what}, cotangent ${row}`,
      directions.map((v) => dot(gradient, v)),
      columns.map((column) => dot(column, u)),
      RELATIVE,
      ABSOLUTE,
    )
  })
}

const pulledBack = (part: FloatPart): ((u: readonly NdArray[]) => Float64Array) => {
  const run = arrayFunction(
    [...part.inputTypes, ...part.outputTypes],
    pull(part.tensors, part.inputTypes.length),
  )
  return (u) => joined(run([...part.at, ...u]))
}

const differences: OpLaw = {
  name: 'vjp is the transpose of the derivative by finite differences',
  appliesTo: hasDerivative,
  empty: false,
  check: (op, c) => {
    const part = floatPart(op, c)
    const like = part.arrays(part.at)
    const pulled = pulledBack(part)
    compare('Jᵀu', op, part.arrays, part.at, (u) => pulled(split(u, like)), c.seed)
  },
}

const transposes: OpLaw = {
  name: '⟨v, Jᵀu⟩ = ⟨Jv, u⟩: vjp and jvp are transposes of each other',
  appliesTo: hasDerivative,
  empty: false,
  check: (op, c) => {
    const part = floatPart(op, c)
    const u = noiseLike(c.seed, 1, part.outputTypes)
    const v = noiseLike(c.seed, 2, part.inputTypes)
    const count = part.inputTypes.length
    const push = arrayFunction(
      [...part.inputTypes, ...part.inputTypes],
      (all) => jvp(part.tensors)(all.slice(0, count), all.slice(count)).tangent,
    )
    const pushed = joined(push([...part.at, ...v]))
    const pulled = pulledBack(part)(u)
    const [direction, cotangent] = [joined(v), joined(u)]
    const scale = dotScale(direction, pulled) + dotScale(pushed, cotangent)
    expectClose('⟨v, Jᵀu⟩', [dot(direction, pulled)], [dot(pushed, cotangent)], 0, 1e-12 * scale)
  },
}

const second: OpLaw = {
  name: 'vjp of vjp is the transpose of the derivative of vjp by finite differences',
  appliesTo: hasDerivative,
  empty: false,
  check: (op, c) => {
    const part = floatPart(op, c)
    const count = part.inputTypes.length
    const types = [...part.inputTypes, ...part.outputTypes]
    const first = pull(part.tensors, count)
    const at = [...part.at, ...noiseLike(c.seed, 1, part.outputTypes)]
    const run = arrayFunction([...types, ...part.inputTypes], pull(first, types.length))
    compare(
      'second Jᵀu',
      op,
      arrayFunction(types, first),
      at,
      (w) => joined(run([...at, ...split(w, part.at)])),
      c.seed,
    )
  },
}

export const derivativeLaws: readonly OpLaw[] = [differences, transposes, second]
