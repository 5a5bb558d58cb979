/** What the elementary functions are tested on, and how far they may be from their float64 meaning. */
import { addI32, get, mulI32, writer } from '../../../kernels/simd/writer.js'
import type { Writer } from '../../../kernels/simd/writer.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import { binary, unary } from '../../../kernels/simd/elementary.js'
import { erf } from '../../../src/op/elementwise/error-function.js'
import type { BinaryFn, UnaryFn } from '../../../src/ir/scalar.js'
import { runSimdKernel } from '../../support/run-simd-kernel.js'
import { unaryMeaning } from '../../support/scalar-meaning.js'

export type Name = { readonly unary: UnaryFn } | { readonly binary: BinaryFn }

/** What `write` makes of the operands, over all their elements, four at a time. */
export const evaluated = (
  write: (w: Writer, x: string, y: string) => string,
  features: Features,
  ...operands: readonly Float32Array[]
): Float32Array => {
  const length = operands[0]?.length ?? 0
  const w = writer(features)
  const row = w.local('i32', 'row')
  w.loop(row, get('$begin'), get('$end'), 1, () => {
    const at = w.let('i32', 'at', mulI32(get(row), 16))
    const [x = '', y = ''] = operands.map((_, i) =>
      w.let('v128', 'in', `(v128.load ${addI32(get(`$in${i}`), at)})`),
    )
    w.line(`(v128.store ${addI32(get('$out'), at)} ${write(w, x, y)})`)
  })
  const text = w.module('elementary', operands.length)
  const kernel = { name: 'elementary', text, units: length / 4, rowwise: true, grain: 1, scratchBytes: 0 }
  return runSimdKernel(kernel, features, length, operands).output
}

export const applied = (name: Name, features: Features, ...operands: readonly Float32Array[]): Float32Array =>
  evaluated(
    (w, x, y) => ('unary' in name ? unary(w, name.unary, x) : binary(w, name.binary, x, y)),
    features,
    ...operands,
  )

/** |found − wanted| in units of the last place of the float32 next to what is wanted. */
export const ulps = (found: number, wanted: number): number => {
  if (Object.is(Math.fround(wanted), found) || found === wanted) return 0
  const exponent = wanted === 0 ? -126 : Math.max(Math.floor(Math.log2(Math.abs(wanted))), -126)
  const largest = 2 ** 128
  // What rounds to an infinity counts as the power of two behind the largest number.
  const bounded = (x: number): number => Math.min(Math.max(x, -largest), largest)
  return Math.abs(bounded(found) - bounded(wanted)) / 2 ** (Math.min(exponent, 127) - 23)
}

/** Every exponent and both signs, eight mantissas of each and those next to a power of two; no NaN. */
export const everyExponent: readonly number[] = Array.from({ length: 255 }, (_, exponent) =>
  [
    0,
    1,
    0x7fffff,
    0x400000,
    0x3504f3,
    0x12345 * 3,
    0x5a827a,
    0x700000 + 37 * exponent,
    97 * exponent,
  ].flatMap((mantissa) =>
    [0, 0x80000000].map((sign) => {
      const word = Uint32Array.of((sign | (exponent << 23) | mantissa) >>> 0)
      return new Float32Array(word.buffer)[0] ?? 0
    }),
  ),
).flat()

/** `count` numbers from low to high, irregular in their last bits. */
export const between = (low: number, high: number, count = 6000): readonly number[] =>
  Array.from({ length: count }, (_, i) =>
    Math.fround(low + (high - low) * ((i + ((i * 0.618034) % 1)) / count)),
  )

export interface Accuracy {
  readonly fn: UnaryFn
  /** Units in the last place, in both modes. */
  readonly bound: number
  readonly meaning: (x: number) => number
  readonly samples: readonly number[]
  /** Results below this may be 0; 0 where subnormal numbers are kept. */
  readonly flushed?: number
}

const isWithin =
  (size: number) =>
  (x: number): boolean =>
    Math.abs(x) <= size

const accuracy = (
  fn: UnaryFn,
  bound: number,
  samples: readonly number[],
  meaning: (x: number) => number = (x) => unaryMeaning(fn, x),
): Accuracy => ({ fn, bound, meaning, samples })

/** The bounds that README.md states, over the whole range but for sine and cosine, which are held to |x| ≤ 10^4. */
export const ACCURACIES: readonly Accuracy[] = [
  ...(['neg', 'abs', 'floor', 'ceil', 'round', 'trunc', 'sign', 'not'] as const).map((fn) =>
    accuracy(fn, 0, [...everyExponent, ...between(-20, 20), -2.5, -1.5, -0.5, 0.5, 1.5, 2.5]),
  ),
  accuracy('sqrt', 0.5, everyExponent),
  accuracy('reciprocal', 0.5, everyExponent),
  accuracy('rsqrt', 1.5, everyExponent),
  {
    ...accuracy('exp', 1.1, [...everyExponent, ...between(-105, 90, 20000), ...between(-1, 1)]),
    flushed: 2 ** -126,
  },
  accuracy('expm1', 1.75, [...everyExponent, ...between(-18, 90, 20000), ...between(-1.5, 1.5)]),
  accuracy('log', 0.9, [...everyExponent, ...between(0.3, 3, 20000), ...between(0.99, 1.01)]),
  accuracy('log1p', 1.5, [...everyExponent, ...between(-0.9999, 3, 20000), ...between(-0.01, 0.01)]),
  accuracy('sin', 1.6, [...everyExponent.filter(isWithin(1e4)), ...between(-8, 8), ...between(-1e4, 1e4)]),
  accuracy('cos', 1.6, [...everyExponent.filter(isWithin(1e4)), ...between(-8, 8), ...between(-1e4, 1e4)]),
  accuracy('tanh', 2.5, [...everyExponent, ...between(-10, 10, 20000), ...between(-0.3, 0.3)]),
  {
    ...accuracy('sigmoid', 2.5, [...everyExponent, ...between(-89, 20, 20000), ...between(-2, 2)]),
    flushed: 2 ** -126,
  },
  accuracy('erf', 2.2, [...everyExponent, ...between(-4, 4, 20000), ...between(-0.3, 0.3)], erf),
]
