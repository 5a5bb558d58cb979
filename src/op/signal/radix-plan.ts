/**
 * How a Fourier transform is cut into contractions, and what that costs.
 *
 * A length is split by Cooley and Tukey (1965) into factors of at most 16, each one contraction with a
 * small table; a prime above 64 goes by Bluestein's chirp (1970). All counts are of complex lines.
 */

/** Largest factor that one contraction takes of a length that has more. */
const LARGEST_RADIX = 16
/** Largest prime that is transformed by its defining sum; larger ones go by a chirp convolution. */
export const LARGEST_DIRECT_PRIME = 64
/** Largest real line that is transformed by its defining sum, to and from half a spectrum. */
const LARGEST_DIRECT_REAL = 64
/** What one more contraction costs beyond its arithmetic, as complex multiply-adds a point. */
const STAGE_OVERHEAD = 8

const isPrime = (n: number): boolean => {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return false
  return n > 1
}

/** One way to transform a line of n complex points. */
export type LinePlan =
  | { readonly kind: 'direct'; readonly length: number }
  /** n = radix·rest.length: contractions of `radix` points, then the plan for the rest. */
  | { readonly kind: 'split'; readonly length: number; readonly radix: number; readonly rest: LinePlan }
  /** A circular convolution with a chirp, of at least 2n − 1 points. */
  | { readonly kind: 'chirp'; readonly length: number; readonly inner: LinePlan }

/** Complex multiply-adds for one line of which `given` points are not zero and `keep` results are wanted. */
export const lineProducts = (plan: LinePlan, given = plan.length, keep = plan.length): number => {
  switch (plan.kind) {
    case 'direct':
      return given * keep
    case 'split': {
      const taps = Math.ceil(given / plan.rest.length)
      return (
        plan.length * taps +
        plan.radix * lineProducts(plan.rest, plan.rest.length, Math.ceil(keep / plan.radix))
      )
    }
    case 'chirp':
      return (
        lineProducts(plan.inner, given) +
        lineProducts(plan.inner, plan.inner.length, keep) +
        plan.inner.length +
        given +
        keep
      )
  }
}

const stagesOf = (plan: LinePlan): number =>
  plan.kind === 'direct' ? 1 : plan.kind === 'split' ? 1 + stagesOf(plan.rest) : 3 + 2 * stagesOf(plan.inner)

const estimate = (plan: LinePlan): number =>
  lineProducts(plan) / plan.length + STAGE_OVERHEAD * stagesOf(plan)

const plans = new Map<number, LinePlan>()

/** The cheapest plan for a line of n complex points. */
export const planLine = (length: number): LinePlan => {
  const known = plans.get(length)
  if (known !== undefined) return known
  const made = makePlan(length)
  plans.set(length, made)
  return made
}

const makePlan = (length: number): LinePlan => {
  const prime = isPrime(length)
  if (prime && length > LARGEST_DIRECT_PRIME)
    return { kind: 'chirp', length, inner: planLine(goodLength(2 * length - 1)) }
  const direct: readonly LinePlan[] = prime || length <= LARGEST_RADIX ? [{ kind: 'direct', length }] : []
  const radices = Array.from({ length: LARGEST_DIRECT_PRIME - 1 }, (_, i) => i + 2).filter(
    (radix) => length % radix === 0 && radix < length && (radix <= LARGEST_RADIX || isPrime(radix)),
  )
  const split = radices.map((radix): LinePlan => ({
    kind: 'split',
    length,
    radix,
    rest: planLine(length / radix),
  }))
  const [best] = [...direct, ...split].sort((a, b) => estimate(a) - estimate(b))
  // Every prime factor is above 64: the chirp of the whole length.
  return best ?? { kind: 'chirp', length, inner: planLine(goodLength(2 * length - 1)) }
}

/** The factors of a plan, as text: `8·8`, `chirp of 256`. */
export const printPlan = (plan: LinePlan): string =>
  plan.kind === 'direct'
    ? `${plan.length}`
    : plan.kind === 'split'
      ? `${plan.radix}·${printPlan(plan.rest)}`
      : `chirp(${printPlan(plan.inner)})`

/** Whether real lines of this length go by the defining sum over half a spectrum. */
export const isDirectReal = (length: number): boolean =>
  length <= LARGEST_DIRECT_REAL || (length % 2 === 1 && planLine(length).kind === 'direct')

/** The factors of a real transform: an even one rides a complex one of half its length. */
export const printRealPlan = (length: number): string =>
  isDirectReal(length)
    ? `${length}`
    : length % 2 === 1
      ? printPlan(planLine(length))
      : `2·${printPlan(planLine(length / 2))}`

const isSmooth = (n: number): boolean => {
  let rest = n
  for (const factor of [2, 3, 5]) while (rest % factor === 0) rest /= factor
  return rest === 1
}

/** The smallest even length ≥ n with factors 2, 3 and 5 only (1 stays 1). */
export const goodLength = (n: number): number => {
  if (n <= 1) return 1
  let length = n + (n % 2)
  while (!isSmooth(length)) length += 2
  return length
}
