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
  const declare = (type: 'i32' | 'v128', hint: string): string => {
    const local = `$${hint}${locals.length}`
    locals.push(`(local ${local} ${type})`)
    return local
  }
  write({
    features,
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
  return [`  (func $${name} ${header}`, `    ${locals.join(' ')}`, ...lines, '  )'].join('\n')
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

const HALF = splat(Math.SQRT1_2)

/** a times e^(sign·iπ/4·k) */
const turned = (w: Arithmetic, a: Complex, k: number, sign: 1 | -1): Complex => {
  if (k === 0) return a
  if (k === 2) {
    const negative = (x: string): string => `(f32x4.neg ${x})`
    return sign === 1 ? bind(w, negative(a.im), a.re) : bind(w, a.im, negative(a.re))
  }
  const [sum, difference] = [add(a.re, a.im), sub(a.re, a.im)]
  const backwards = sub(a.im, a.re)
  // (re + i·im)(±1 + sign·i)/√2
  if (k === 1)
    return sign === 1
      ? bind(w, mul(difference, HALF), mul(sum, HALF))
      : bind(w, mul(sum, HALF), mul(backwards, HALF))
  const least = `(f32x4.neg ${mul(sum, HALF)})`
  return sign === 1 ? bind(w, least, mul(difference, HALF)) : bind(w, mul(backwards, HALF), least)
}

const quartet = (of: readonly Complex[], from: number): readonly [Complex, Complex, Complex, Complex] => {
  const [a, b, c, d] = of.slice(from, from + 4)
  if (a === undefined || b === undefined || c === undefined || d === undefined)
    throw new RangeError('a butterfly of four needs four values')
  return [a, b, c, d]
}

/**
 * The transform of 1, 2, 4 or 8 points, in an order of its own that `smallInverse` undoes. With half as many values
 * the others are 0.
 */
export const smallForward = (w: Arithmetic, length: number, x: readonly Complex[]): readonly Complex[] => {
  const half = x.length < length
  const [a, b] = x
  if (length === 1 || a === undefined) return x
  if (length === 2) return b === undefined ? [a, a] : [plus(w, a, b), minus(w, a, b)]
  if (length === 4) {
    if (half && b !== undefined) return radix4(w, [a, b, null, null], -1)
    return radix4(w, quartet(x, 0), -1)
  }
  const other = x.slice(4)
  const even = half ? x : quartet(x, 0).map((value, k) => plus(w, value, other[k] ?? value))
  const odd = quartet(x, 0).map((value, k) =>
    turned(w, half ? value : minus(w, value, other[k] ?? value), k, -1),
  )
  return [...radix4(w, quartet(even, 0), -1), ...radix4(w, quartet(odd, 0), -1)]
}

/** The inverse of `smallForward` times the length. */
export const smallInverse = (w: Arithmetic, length: number, y: readonly Complex[]): readonly Complex[] => {
  const [a, b] = y
  if (length === 1 || a === undefined || b === undefined) return y
  if (length === 2) return [plus(w, a, b), minus(w, a, b)]
  if (length === 4) return radix4(w, quartet(y, 0), 1)
  const even = radix4(w, quartet(y, 0), 1)
  const odd = radix4(w, quartet(y, 4), 1).map((value, k) => turned(w, value, k, 1))
  const pairs = even.map((value, k) => [value, odd[k] ?? value] as const)
  return [...pairs.map(([e, o]) => plus(w, e, o)), ...pairs.map(([e, o]) => minus(w, e, o))]
}
