import type { Target } from '../../src/compile/capabilities.js'
import type { GpujsTarget } from '../../src/compile/program.js'

/**
 * The targets that every test in test/conformance holds to the interpreter. Together these tests are the suite that a
 * target passes or does not; a new one is one line here, once `openDevice` opens it.
 */
export const ALL_TARGETS: readonly Target[] = ['simd', 'cpu', 'webasm', 'webgpu']

/** CROCUTA_TARGETS=webgpu,cpu runs the suite on those alone, as `npm run conformance -- webgpu` does. */
const chosen = process.env['CROCUTA_TARGETS']?.split(',') ?? ALL_TARGETS
const unknown = chosen.filter((name) => !ALL_TARGETS.some((target) => target === name))
if (unknown.length > 0)
  throw new RangeError(
    `CROCUTA_TARGETS: expected some of ${ALL_TARGETS.join(', ')}, found '${unknown.join(', ')}'`,
  )

export const TARGETS: readonly Target[] = ALL_TARGETS.filter((target) => chosen.includes(target))

/** Those whose programs are kernels for gpu.js. */
export const GPUJS_TARGETS: readonly GpujsTarget[] = TARGETS.filter((target) => target !== 'simd')
