import type { GpujsTarget } from '../../src/compile/program.js'

/**
 * The targets that every test in test/conformance holds to the interpreter. Together these tests are the suite that a
 * target passes or does not; a new one is one line here, once `openDevice` opens it.
 */
const ALL: readonly GpujsTarget[] = ['cpu', 'webasm', 'webgpu']

/** CROCUTA_TARGETS=webgpu,cpu runs the suite on those alone, as `npm run conformance -- webgpu` does. */
const chosen = process.env['CROCUTA_TARGETS']?.split(',') ?? ALL
const unknown = chosen.filter((name) => !ALL.some((target) => target === name))
if (unknown.length > 0)
  throw new RangeError(`CROCUTA_TARGETS: expected some of ${ALL.join(', ')}, found '${unknown.join(', ')}'`)

export const TARGETS: readonly GpujsTarget[] = ALL.filter((target) => chosen.includes(target))
