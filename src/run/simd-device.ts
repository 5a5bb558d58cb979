/** The simd target as a device: compiles graphs to WebAssembly and addresses buffers by name. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { prepareFor } from '../compile/passes.js'
import { compilePreparedForSimd } from '../compile/simd/compile.js'
import type { SimdProgram } from '../compile/simd/program.js'
import type { TensorError } from '../error/error.js'
import type { Device, ProgramFacts } from './device.js'
import { holdingConstants } from './hold-constants.js'
import { toLoadedGraph } from './loaded-graph.js'
import type { SimdDevice, SimdOptions } from './simd/driver.js'
import { openSimd } from './simd/driver.js'

const factsOf = ({ flops, bytes, peakBytes, launches, kernels }: SimdProgram): ProgramFacts => ({
  flops,
  bytes,
  peakBytes,
  launches,
  kernels: kernels.length,
})

const toDevice = (simd: SimdDevice): Device => ({
  name: 'simd',
  description: simd.name,
  isSoftware: true,
  load: holdingConstants({
    prepare: (graph) => prepareFor(graph, 'simd'),
    load: (graph, options) =>
      pipe(
        TE.fromEither(compilePreparedForSimd(graph, { ...options, features: simd.features })),
        TE.chain(({ program }) =>
          pipe(
            simd.load(program),
            TE.map((loaded) => toLoadedGraph(graph, options, program, factsOf(program), loaded)),
          ),
        ),
      ),
  }),
  destroy: simd.destroy,
})

/** Opens the processor's own target: four lanes, all threads. */
export const openSimdDevice = (options: SimdOptions = {}): TE.TaskEither<TensorError, Device> =>
  pipe(openSimd(options), TE.map(toDevice))
