import type { Index, Scalar, ScalarKernel } from '../../../src/ir/scalar.js'
import { jvp } from '../../../src/grad/jvp.js'
import { vjp } from '../../../src/grad/vjp.js'
import type { LoopNest, NdArray } from '../../../src/op/def.js'
import { build } from '../../../src/op/index.js'
import { sizeOf, stridesOf } from '../../../src/shape/dim.js'
import { noiseLike } from '../arbitrary.js'
import { expectNear } from '../close.js'
import { evaluateKernel } from '../evaluate-scalar.js'
import { joined } from '../../../src/inspect/finite-differences.js'
import type { OpLaw, TensorFunction } from './law.js'
import { arrayFunction, floatPart, hasDerivative, meaning, resultTypes } from './law.js'

/** One meaning, several forms: loop nests against values, composites against their expansions. */

const RELATIVE = 1e-12

const flatIndex = (at: readonly Index[], shape: readonly number[]): Index => {
  if (at.length !== shape.length) throw new Error(`${at.length} coordinates into [${shape.join(', ')}]`)
  const strides = stridesOf(shape)
  return { kind: 'sum', constant: 0, terms: at.map((index, axis) => [strides[axis] ?? 0, index]) }
}

/** The nest as a kernel of its own, nothing fused. */
const kernelOf = (
  name: string,
  nest: LoopNest,
  inputs: readonly (readonly number[])[],
  shape: readonly number[],
): ScalarKernel => {
  const at = shape.map((size, axis): Index => ({ kind: 'axis', axis, size }))
  const loops = nest.loops(at)
  const counters = loops.map(({ size }, loop): Index => ({ kind: 'loop', loop, size }))
  return {
    name,
    shape,
    loops,
    combine: nest.combine,
    body: nest.body({
      at,
      counters,
      read: (input, place) => ({ kind: 'read', input, index: flatIndex(place, inputs[input] ?? []) }),
    }),
    epilogue: null,
    inputs: inputs.map(sizeOf),
  }
}

/** A kernel holds its constants in float32, so a meaning with others differs in the eighth digit. */
const hasRoundedConstant = (root: Scalar): boolean => {
  const seen = new Set<Scalar>()
  const visitIndex = (index: Index): boolean =>
    index.kind === 'sum'
      ? index.terms.some(([, term]) => visitIndex(term))
      : index.kind === 'quotient' || index.kind === 'remainder'
        ? visitIndex(index.index)
        : index.kind === 'dynamic' && visit(index.value)
  const visit = (scalar: Scalar): boolean => {
    if (seen.has(scalar)) return false
    seen.add(scalar)
    switch (scalar.kind) {
      case 'const':
        return Math.fround(scalar.value) !== scalar.value && !Number.isNaN(scalar.value)
      case 'read':
      case 'index':
        return visitIndex(scalar.index)
      case 'unary':
        return visit(scalar.x)
      case 'binary':
        return visit(scalar.x) || visit(scalar.y)
      case 'select':
        return visit(scalar.condition) || visit(scalar.x) || visit(scalar.y)
      case 'guard':
        return scalar.condition.some(({ index }) => visitIndex(index)) || visit(scalar.x) || visit(scalar.y)
      case 'accumulator':
        return false
    }
  }
  return visit(root)
}

const loopNest: OpLaw = {
  name: 'its loop nest computes its meaning, and reads nothing out of range',
  appliesTo: (op) => op.lower !== undefined && 'nest' in op.lower,
  empty: true,
  check: (op, { attrs, types, inputs }) => {
    const { lower } = op
    if (lower === undefined || !('nest' in lower)) return
    const shapes = inputs.map(({ shape }) => shape)
    const outputs = resultTypes(op, attrs, types)
    const sizes = outputs.map(({ shape }) => shape.map(Number))
    meaning(op, attrs, types, inputs).forEach((expected, output) => {
      const kernel = kernelOf(op.name, lower.nest(attrs, shapes, sizes, output), shapes, expected.shape)
      const found = {
        shape: expected.shape,
        data: evaluateKernel(
          kernel,
          inputs.map(({ data }) => data),
        ),
      }
      const exact = outputs[output]?.dtype !== 'f32'
      expectNear(
        `result ${output}`,
        found,
        expected,
        exact ? 0 : hasRoundedConstant(kernel.body) ? 1e-6 : RELATIVE,
      )
    })
  },
}

export const expectAllNear = (
  what: string,
  found: readonly NdArray[],
  expected: readonly NdArray[],
): void => {
  if (found.length !== expected.length)
    throw new Error(`${what}: ${found.length} results, expected ${expected.length}`)
  // The planes of a spectrum belong together: where one vanishes, rounding is relative to the other.
  const scale = { shape: [], data: joined(expected) }
  expected.forEach((wanted, i) =>
    expectNear(`${what} ${i}`, found[i] ?? { shape: [], data: new Float64Array() }, wanted, RELATIVE, scale),
  )
}

const expansion: OpLaw = {
  name: 'its own meaning is that of its expansion',
  appliesTo: (op) => op.kind === 'composite' && op.evaluate !== 'expand',
  empty: false,
  check: (op, { attrs, types, inputs }) => {
    if (op.kind !== 'composite') return
    const expanded = arrayFunction(types, (xs) => op.expand(build, attrs, xs))(inputs)
    expectAllNear('result', meaning(op, attrs, types, inputs), expanded)
  },
}

const derivatives: OpLaw = {
  name: 'its own derivative rules are those of its expansion',
  appliesTo: (op) =>
    op.kind === 'composite' && (op.vjp !== 'expand' || op.jvp !== 'expand') && hasDerivative(op),
  empty: false,
  check: (op, c) => {
    if (op.kind !== 'composite') return
    const part = floatPart(op, c)
    const count = part.inputTypes.length
    const expanded = part.restrict((operands) => op.expand(build, c.attrs, operands))
    const u = noiseLike(c.seed, 1, part.outputTypes)
    const v = noiseLike(c.seed, 2, part.inputTypes)
    const pulled = (f: TensorFunction) =>
      arrayFunction([...part.inputTypes, ...part.outputTypes], (all) =>
        vjp(f)(all.slice(0, count)).pullback(all.slice(count)),
      )([...part.at, ...u])
    const pushed = (f: TensorFunction) =>
      arrayFunction(
        [...part.inputTypes, ...part.inputTypes],
        (all) => jvp(f)(all.slice(0, count), all.slice(count)).tangent,
      )([...part.at, ...v])
    expectAllNear('vjp', pulled(part.tensors), pulled(expanded))
    expectAllNear('jvp', pushed(part.tensors), pushed(expanded))
  },
}

export const meaningLaws: readonly OpLaw[] = [loopNest, expansion, derivatives]
