/** From scalar kernels to the simd target's: recognised ones in their own way, all others over four lanes. */
import type { ScalarKernel } from '../../src/ir/scalar.js'
import { contraction } from './contraction.js'
import { convolutionWith } from './convolution.js'
import { emitGeneral } from './emit-general.js'
import { vectorOf } from './expression.js'
import type { Features, SimdKernel } from './kernel.js'
import { writer } from './writer.js'

type Recogniser = (kernel: ScalarKernel, features: Features) => SimdKernel | null

/** Asked in turn; null passes on to the next. */
const RECOGNISERS: readonly Recogniser[] = [convolutionWith(vectorOf), contraction]

const nothing = (kernel: ScalarKernel, features: Features): SimdKernel => ({
  name: kernel.name,
  text: writer(features).module(kernel.name, kernel.inputs.length),
  units: 0,
  rowwise: true,
  grain: 1,
  scratchBytes: 0,
})

/** The kernel as a WebAssembly module; equal kernels give equal texts but for their names. */
export const emitSimdKernel = (kernel: ScalarKernel, features: Features): SimdKernel => {
  if (kernel.shape.includes(0)) return nothing(kernel, features)
  // An empty reduction has nothing to recognise, nor may anything be divided by its size.
  if (kernel.loops.some(({ size }) => size === 0)) return emitGeneral(kernel, features)
  for (const recognise of RECOGNISERS) {
    const found = recognise(kernel, features)
    if (found !== null) return found
  }
  return emitGeneral(kernel, features)
}
