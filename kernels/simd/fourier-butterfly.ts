/** Complex arithmetic over four lanes as text, and butterflies: small transforms of values in locals. */
import type { Features } from './kernel.js'
import { splat } from './writer.js'

/** Real and imaginary part as expressions that may be used often. */
export interface Complex {
  readonly re: string
  readonly im: string
}

/** Where arithmetic is written. */
export interface Arithmetic {
  readonly features: Features
  /** A new local set to an expression; gives `(local.get $name)`. */
  readonly let: (type: 'i32' | 'v128', hint: string, expression: string) => string
}

/** The text of one library function under construction. */
export interface FunctionWriter extends Arithmetic {
  /** A number in every lane, set once where the function begins. */
  readonly constant: (value: number) => string
  readonly line: (text: string) => void
  /** do: body; counter += step; while counter < to. */
  readonly loop: (
    hint: string,
    from: string,
    to: string,
    step: string,
    body: (counter: string) => void,
  ) => void
}

/** A whole function of i32 parameters. */
export const functionText = (
  features: Features,
  name: string,
  parameters: readonly string[],
  write: (w: FunctionWriter) => void,
): string => {
  const lines: string[] = []
  const locals: string[] = []
  const constants = new Map<number, string>()
  const declare = (type: 'i32' | 'v128', hint: string): string => {
    const local = `$${hint}${locals.length}`
    locals.push(`(local ${local} ${type})`)
    return local
  }
  write({
    features,
    constant: (value) => {
      const known = constants.get(value) ?? declare('v128', 'constant')
      constants.set(value, known)
      return `(local.get ${known})`
    },
    line: (text) => lines.push(`    ${text}`),
    let: (type, hint, expression) => {
      const local = declare(type, hint)
      lines.push(`    (local.set ${local} ${expression})`)
      return `(local.get ${local})`
    },
    loop: (hint, from, to, step, body) => {
      const counter = declare('i32', hint)
      const again = `$again${locals.length}`
      lines.push(`    (local.set ${counter} ${from})`, `    (loop ${again}`)
      body(`(local.get ${counter})`)
      lines.push(
        `    (br_if ${again} (i32.lt_u (local.tee ${counter} (i32.add (local.get ${counter}) ${step})) ${to})))`,
      )
    },
  })
  const header = parameters.map((parameter) => `(param $${parameter} i32)`).join(' ')
  const beginning = [...constants].map(([value, local]) => `    (local.set ${local} ${splat(value)})`)
  return [`  (func $${name} ${header}`, `    ${locals.join(' ')}`, ...beginning, ...lines, '  )'].join('\n')
}

const add = (a: string, b: string): string => `(f32x4.add ${a} ${b})`
const sub = (a: string, b: string): string => `(f32x4.sub ${a} ${b})`
const mul = (a: string, b: string): string => `(f32x4.mul ${a} ${b})`
const madd = ({ relaxed }: Features, a: string, b: string, c: string): string =>
  relaxed ? `(f32x4.relaxed_madd ${a} ${b} ${c})` : add(mul(a, b), c)
/** c − a · b */
const nmadd = ({ relaxed }: Features, a: string, b: string, c: string): string =>
  relaxed ? `(f32x4.relaxed_nmadd ${a} ${b} ${c})` : sub(c, mul(a, b))

const bind = (w: Arithmetic, re: string, im: string): Complex => ({
  re: w.let('v128', 'r', re),
  im: w.let('v128', 'i', im),
})

export const plus = (w: Arithmetic, a: Complex, b: Complex): Complex =>
  bind(w, add(a.re, b.re), add(a.im, b.im))
export const minus = (w: Arithmetic, a: Complex, b: Complex): Complex =>
  bind(w, sub(a.re, b.re), sub(a.im, b.im))
export const times = (w: Arithmetic, a: Complex, b: Complex): Complex =>
  bind(w, nmadd(w.features, a.im, b.im, mul(a.re, b.re)), madd(w.features, a.re, b.im, mul(a.im, b.re)))
/** a times the conjugate of b. */
export const timesConjugate = (w: Arithmetic, a: Complex, b: Complex): Complex =>
  bind(w, madd(w.features, a.im, b.im, mul(a.re, b.re)), nmadd(w.features, a.re, b.im, mul(a.im, b.re)))
/** a² + c, or a² alone. */
export const square = (w: Arithmetic, a: Complex, c: Complex | null): Complex => {
  const twice = w.let('v128', 'twice', add(a.re, a.re))
  const real = nmadd(
    w.features,
    a.im,
    a.im,
    c === null ? mul(a.re, a.re) : madd(w.features, a.re, a.re, c.re),
  )
  return bind(w, real, c === null ? mul(twice, a.im) : madd(w.features, twice, a.im, c.im))
}

/** a + s·i·b and a − s·i·b. */
const plusMinusTurned = (
  w: Arithmetic,
  a: Complex,
  b: Complex,
  sign: 1 | -1,
): readonly [Complex, Complex] => {
  const up = bind(w, sub(a.re, b.im), add(a.im, b.re))
  const down = bind(w, add(a.re, b.im), sub(a.im, b.re))
  return sign === 1 ? [up, down] : [down, up]
}

/** The four-point transform with e^(sign·iπ/2); what is null is 0. */
export const radix4 = (
  w: Arithmetic,
  [a, b, c, d]: readonly [Complex, Complex, Complex | null, Complex | null],
  sign: 1 | -1,
): readonly [Complex, Complex, Complex, Complex] => {
  const [s0, d0] = c === null ? [a, a] : [plus(w, a, c), minus(w, a, c)]
  const [s1, d1] = d === null ? [b, b] : [plus(w, b, d), minus(w, b, d)]
  const [y1, y3] = plusMinusTurned(w, d0, d1, sign)
  return [plus(w, s0, s1), y1, minus(w, s0, s1), y3]
}

/** a times e^(sign·2πi·k/length). */
const turned = (w: FunctionWriter, a: Complex, k: number, length: number, sign: 1 | -1): Complex => {
  if (k === 0) return a
  const negative = (x: string): string => `(f32x4.neg ${x})`
  if (4 * k === length) return sign === 1 ? bind(w, negative(a.im), a.re) : bind(w, a.im, negative(a.re))
  if (2 * k === length) return bind(w, negative(a.re), negative(a.im))
  const angle = (2 * Math.PI * k) / length
  if (8 * k !== length && 8 * k !== 3 * length)
    return times(w, a, { re: w.constant(Math.cos(angle)), im: w.constant(sign * Math.sin(angle)) })
  // (re + i·im)(±1 + sign·i)/√2
  const half = w.constant(Math.SQRT1_2)
  const [sum, difference, backwards] = [add(a.re, a.im), sub(a.re, a.im), sub(a.im, a.re)]
  if (8 * k === length)
    return sign === 1
      ? bind(w, mul(difference, half), mul(sum, half))
      : bind(w, mul(sum, half), mul(backwards, half))
  const least = negative(mul(sum, half))
  return sign === 1 ? bind(w, least, mul(difference, half)) : bind(w, mul(backwards, half), least)
}

/** The three-point transform with e^(sign·2πi/3). */
const radix3 = (
  w: FunctionWriter,
  [a, b, c]: readonly [Complex, Complex, Complex],
  sign: 1 | -1,
): readonly [Complex, Complex, Complex] => {
  const sum = plus(w, b, c)
  const difference = minus(w, b, c)
  const half = w.constant(0.5)
  const height = w.constant(Math.sqrt(0.75))
  const middle = bind(w, nmadd(w.features, sum.re, half, a.re), nmadd(w.features, sum.im, half, a.im))
  const side = bind(w, mul(difference.re, height), mul(difference.im, height))
  return [plus(w, a, sum), ...plusMinusTurned(w, middle, side, sign)]
}

const at = (of: readonly Complex[], k: number): Complex => {
  const value = of[k]
  if (value === undefined) throw new RangeError(`a butterfly has no value ${k}`)
  return value
}
const trio = (of: readonly Complex[], from = 0): readonly [Complex, Complex, Complex] => [
  at(of, from),
  at(of, from + 1),
  at(of, from + 2),
]

/** The factors of the small transforms: the first stage's, and the second's, of which there are so many. */
const SMALL: ReadonlyMap<number, readonly [first: 1 | 2 | 4, second: 1 | 3 | 4]> = new Map([
  [1, [1, 1]],
  [2, [2, 1]],
  [4, [4, 1]],
  [6, [2, 3]],
  [8, [2, 4]],
  [12, [4, 3]],
])

const counting = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k)

const butterfly = (
  w: FunctionWriter,
  x: readonly (Complex | undefined)[],
  sign: 1 | -1,
): readonly Complex[] => {
  const [a, b, c, d] = x
  if (a === undefined) throw new RangeError('a butterfly has values')
  if (x.length === 1) return [a]
  if (x.length === 2) return b === undefined ? [a, a] : [plus(w, a, b), minus(w, a, b)]
  if (b === undefined) throw new RangeError('a butterfly has values')
  if (x.length === 4) return radix4(w, [a, b, c ?? null, d ?? null], sign)
  return radix3(w, trio([a, b, ...(c === undefined ? [] : [c])]), sign)
}

const factorsOf = (length: number): readonly [number, number] => {
  const factors = SMALL.get(length)
  if (factors === undefined) throw new RangeError(`no small transform of ${length} points`)
  return factors
}

/**
 * The transform of 1, 2, 4, 6, 8 or 12 points, in an order of its own that `smallInverse` undoes. With half as many
 * values the others are 0.
 */
export const smallForward = (
  w: FunctionWriter,
  length: number,
  x: readonly Complex[],
): readonly Complex[] => {
  const [first, second] = factorsOf(length)
  const columns = counting(second).map((j) =>
    butterfly(
      w,
      counting(first).map((q) => x[j + q * second]),
      -1,
    ).map((value, q) => turned(w, value, (j * q) % length, length, -1)),
  )
  return counting(first).flatMap((q) =>
    butterfly(
      w,
      columns.map((column) => at(column, q)),
      -1,
    ),
  )
}

/** The inverse of `smallForward` times the length. */
export const smallInverse = (
  w: FunctionWriter,
  length: number,
  y: readonly Complex[],
): readonly Complex[] => {
  const [first, second] = factorsOf(length)
  const rows = counting(first).map((q) => butterfly(w, y.slice(q * second, (q + 1) * second), 1))
  const columns = counting(second).map((j) =>
    butterfly(
      w,
      rows.map((row, q) => turned(w, at(row, j), (j * q) % length, length, 1)),
      1,
    ),
  )
  return counting(first).flatMap((q) => columns.map((column) => at(column, q)))
}
