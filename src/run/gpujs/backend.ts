import type { KernelSource, Program, ProgramStep } from '../../compile/program.js'
import type { Execution } from '../loaded.js'

/** What the driver asks of a target. Failures are thrown here and become typed errors in the driver. */
export interface Backend<Kernel> {
  /** For a progress header, such as `webasm, 2 threads`. */
  readonly name: string
  readonly isSoftware: boolean
  readonly threads: number
  /** Most inputs a kernel may have. */
  readonly mostInputs: number
  readonly compile: (source: KernelSource) => Promise<Kernel>
  /** `kernels` holds the compiled kernels that the program's launches use, by number. */
  readonly open: (program: Program, kernels: ReadonlyMap<number, Kernel>) => Promise<Execution>
  readonly destroyKernel: (kernel: Kernel) => void
  readonly destroy: () => Promise<void>
}

/** The steps that do something: an output of length 0 is not made, and nothing is not copied. */
export const liveSteps = ({ buffers, steps }: Pick<Program, 'buffers' | 'steps'>): readonly ProgramStep[] =>
  steps.flatMap((step): readonly ProgramStep[] => {
    switch (step.kind) {
      case 'launch':
        return (buffers[step.output]?.length ?? 0) > 0 ? [step] : []
      case 'copy':
        return step.length > 0 ? [step] : []
      case 'repeat': {
        const inner = liveSteps({ buffers, steps: step.steps })
        return inner.length > 0 && step.length > 0 ? [{ ...step, steps: inner }] : []
      }
    }
  })

/** Elements by storage slot: the longest buffer that lies in it. */
export const slotLengths = (program: Program): ReadonlyMap<number, number> =>
  program.buffers.reduce(
    (lengths, { storage, length }) => lengths.set(storage, Math.max(lengths.get(storage) ?? 1, length)),
    new Map<number, number>(),
  )

/** A kernel that a launch names. */
export const kernelOf = <Kernel>(kernels: ReadonlyMap<number, Kernel>, number: number): Kernel => {
  const kernel = kernels.get(number)
  if (kernel === undefined)
    throw new RangeError(`a launch of kernel ${number}, which the program does not have`)
  return kernel
}
