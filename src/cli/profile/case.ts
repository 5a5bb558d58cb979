/** Profiles a case: its work is put on a device that remembers the program it was given. */
import { cpuUsage } from 'node:process'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { compileForSimd } from '../../compile/simd/compile.js'
import type { SimdProgram } from '../../compile/simd/program.js'
import { deviceError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import type { Profile } from '../../inspect/profile.js'
import { profile } from '../../inspect/profile.js'
import type { Device, LoadedGraph } from '../../run/device.js'
import { toLoadedGraph } from '../../run/loaded-graph.js'
import type { SimdDevice } from '../../run/simd/driver.js'
import type { Work } from '../bench/work.js'

interface Remembered {
  readonly program: SimdProgram
  readonly loaded: LoadedGraph
}

/** How long each kernel, and the whole, is timed at least, in milliseconds. */
export interface ProfilePatience {
  readonly partMs: number
  readonly wholeMs: number
}

export const usualProfilePatience: ProfilePatience = { partMs: 25, wholeMs: 1500 }

const remembering = (simd: SimdDevice, remember: (given: Remembered) => void): Device => ({
  name: 'simd',
  description: simd.name,
  isSoftware: true,
  load: (graph, options) =>
    pipe(
      TE.fromEither(compileForSimd(graph, { ...options, features: simd.features })),
      TE.chain(({ program }) =>
        pipe(
          simd.load(program),
          TE.map((loaded) => {
            const { flops, bytes, peakBytes, launches, kernels } = program
            const facts = { flops, bytes, peakBytes, launches, kernels: kernels.length }
            const result = toLoadedGraph(graph, options, program, facts, loaded)
            remember({ program, loaded: result })
            return result
          }),
        ),
      ),
    ),
  destroy: simd.destroy,
})

/** Milliseconds of the processor; with one thread nothing else of this process needs any to speak of. */
const processorTime = (): number => {
  const { user, system } = cpuUsage()
  return (user + system) / 1e3
}

/** The profile of a case's work. One thread is timed by the processor's clock, more by the one on the wall. */
export const profileWork = (
  simd: SimdDevice,
  work: Work,
  { partMs, wholeMs }: ProfilePatience = usualProfilePatience,
): TE.TaskEither<TensorError, Profile> => {
  const given: Remembered[] = []
  const now = simd.threads === 1 ? processorTime : () => performance.now()
  const nothing = deviceError({
    where: 'profile',
    expected: 'a case that loads a program',
    found: 'none',
    hint: 'choose another case',
  })
  return pipe(
    work(remembering(simd, (one) => given.push(one))),
    // Once as the case does it, so that its inputs are written.
    TE.chainFirst(({ run }) => run),
    TE.chain(({ destroy }) => {
      const [remembered] = given
      if (remembered === undefined) return TE.left(nothing)
      const { program, loaded } = remembered
      return pipe(
        profile(simd, program, { run: loaded.run, clock: { now, ms: partMs }, wholeMs }),
        TE.map((result) => {
          destroy()
          return result
        }),
      )
    }),
  )
}
