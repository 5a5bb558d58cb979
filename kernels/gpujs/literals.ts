import type { GpujsTarget } from '../../src/compile/program.js'

const LARGEST_FINITE = '3.4028234663852886e38'
const SMALLEST_NORMAL = 2 ** -126

/** Statements that define `inf`, wanted only where a kernel mentions it. */
export const infinityDefinition = (target: GpujsTarget): string =>
  // gpu.js spells the identifier Infinity as the largest finite number in shaders; a product overflows at run time.
  target === 'webgpu' || target === 'webgl2'
    ? `const largest = ${LARGEST_FINITE};\nconst inf = largest * largest;`
    : 'const inf = Infinity;'

/** How a kernel spells a number; `needsInfinity` when the text mentions `inf`. */
export interface Literal {
  readonly text: string
  readonly needsInfinity: boolean
}

/**
 * The float32 nearest to a number, as text that every target reads back exactly. Negative numbers come in
 * parentheses. Shaders flush subnormals and have no literal for −0, so there they are 0.
 */
export const floatLiteral = (target: GpujsTarget, value: number): Literal => {
  const rounded = Math.fround(value)
  if (Number.isNaN(rounded)) return { text: '(inf - inf)', needsInfinity: true }
  if (rounded === Infinity) return { text: 'inf', needsInfinity: true }
  if (rounded === -Infinity) return { text: '(-inf)', needsInfinity: true }
  const flushed = target !== 'cpu' && target !== 'webasm' && Math.abs(rounded) < SMALLEST_NORMAL ? 0 : rounded
  if (Object.is(flushed, -0)) return { text: '(-0)', needsInfinity: false }
  return { text: flushed < 0 ? `(${flushed})` : `${flushed}`, needsInfinity: false }
}

/** An integer inside an index expression, |value| < 2^31. */
export const integerLiteral = (value: number): string => (value < 0 ? `(${value})` : `${value}`)
