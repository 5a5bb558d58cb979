import { describe, expect, it } from 'vitest'
import type { Target } from '../../src/compile/capabilities.js'
import { toGraph } from '../../src/ir/graph.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Op } from '../../src/op/def.js'
import { build } from '../../src/op/index.js'
import type { Device } from '../../src/run/device.js'
import { openDevice } from '../../src/run/open-device.js'
import { interpret } from '../../src/run/reference.js'
import { expectRight } from '../support/gpu-environment.js'
import { TARGETS } from '../support/targets.js'
import { runOn } from '../support/conformance.js'
import {
  LARGEST,
  SMALLEST_NORMAL,
  elementwiseOps,
  placesOf,
  printPlace,
  specialProgram,
} from '../support/special-values.js'

/**
 * The policy on special numbers by target (kernels/README.md): NaN and infinities are those of the float64 meaning on
 * every target; the sign of a zero is not part of it; a shader flushes what is below 2^-126 to 0; the places
 * below are beyond what float32 can follow.
 */

/** Absolute: what a product that was flushed on the way may have cost. */
const FLUSHED: Readonly<Record<Target, number>> = {
  simd: 2 ** -149,
  cpu: 2 ** -149,
  webasm: 2 ** -149,
  webgpu: 2 * SMALLEST_NORMAL,
  webgl2: 2 * SMALLEST_NORMAL,
}
const RELATIVE = 2e-6

/** A remainder whose quotient float32 cannot hold: between 0 and y, no more. */
const isBeyond = (op: Op, [x = 0, y = 1]: readonly number[]): boolean =>
  op.name === 'mod' && y !== 0 && Number.isFinite(x) && Math.abs(x / y) > 2 ** 24

const TURNS = ['sin', 'cos'].flatMap((name) => [`${name}(${LARGEST})`, `${name}(${-LARGEST})`])
/** All places where a target differs from the meaning; one that no longer does is to be struck out. */
const DIFFERENCES: Readonly<Record<Target, readonly string[]>> = {
  simd: TURNS,
  cpu: [],
  webasm: TURNS,
  // exp(y log x) rounds beyond the range, and −0 is not below 0.
  webgpu: [...TURNS, 'pow(-0, -1)', `pow(${LARGEST}, 1)`, `pow(${-LARGEST}, 1)`],
  webgl2: [],
}

const isNear = (found: number, wanted: number, target: Target): boolean =>
  Object.is(found, wanted) ||
  found === wanted ||
  (Number.isFinite(wanted) && Math.abs(found - wanted) <= RELATIVE * Math.abs(wanted) + FLUSHED[target])

/** The power of a shader is exp(y log x): its relative error is 2 + |y log x| units (kernels/README.md). */
const isPower = (op: Op, found: number, wanted: number): boolean =>
  op.name === 'pow' && Number.isFinite(wanted) && Math.abs(found - wanted) <= 2e-5 * Math.abs(wanted)

/** A device for the work, freed afterwards. */
const withOpen = async (target: Target, work: (device: Device) => Promise<void>): Promise<void> => {
  const device = expectRight(await openDevice(target)())
  try {
    await work(device)
  } finally {
    await device.destroy()
  }
}

describe.each(TARGETS)('special numbers on %s', (target) => {
  it('are those of the float64 meaning, rounded', async () => {
    const device = expectRight(await openDevice(target)())
    const program = specialProgram(elementwiseOps)
    const found = await runOn(device, program)
    await device.destroy()
    const wanted = interpret(program.graph, program.bindings)
    const missed = elementwiseOps.flatMap((op) =>
      placesOf(op).flatMap((place, i) => {
        const value = found.get(op.name)?.[i] ?? NaN
        const target64 = Math.fround(wanted.get(op.name)?.data[i] ?? NaN)
        const isMet = isBeyond(op, place)
          ? Math.abs(value) <= Math.abs(place[1] ?? NaN)
          : isNear(value, target64, target) || isPower(op, value, target64)
        return isMet ? [] : [printPlace(op, place)]
      }),
    )
    expect(missed.toSorted()).toEqual(DIFFERENCES[target].toSorted())
    // Where they are no longer a sine and a cosine, they are bounded all the same.
    for (const { name } of elementwiseOps.filter(({ name }) => name === 'sin' || name === 'cos'))
      for (const x of found.get(name) ?? []) expect(Math.abs(x) > 1).toBe(false)
  })

  it('a NaN is kept by reductions, wherever it stands', async () => {
    const size = 11
    const x = inputTensor('x', [size + 1, size], 'f32')
    const rows = [build.max(x, [1]), build.min(x, [1]), build.sum(x, [1]), build.prod(x, [1])]
    // Row i has a NaN at place i, the last one none.
    const data = Float64Array.from({ length: (size + 1) * size }, (_, flat) =>
      Math.floor(flat / size) === flat % size ? NaN : (flat % 7) - 3,
    )
    await withOpen(target, async (device) => {
      const found = await runOn(device, {
        graph: toGraph(rows.map((tensor, i) => ({ name: `${i}`, tensor }))),
        bindings: { x: { shape: [size + 1, size], data } },
      })
      for (const values of found.values())
        expect(Array.from(values, Number.isNaN)).toEqual(
          Array.from({ length: size + 1 }, (_, row) => row < size),
        )
    })
  })

  it('subnormals are kept, but flushed by shaders', () =>
    withOpen(target, async (device) => {
      const x = inputTensor('x', [2], 'f32')
      const found = await runOn(device, {
        graph: toGraph([{ name: 'square', tensor: build.mul(x, x) }]),
        bindings: { x: { shape: [2], data: Float64Array.of(2 ** -64, 2 ** -63) } },
      })
      const product = target === 'webgpu' ? 0 : 2 ** -128
      expect(found.get('square')).toEqual(Float32Array.of(product, SMALLEST_NORMAL))
    }))
})
