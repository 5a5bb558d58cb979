/** docs/accuracy.md: what it says, and reading it back. */
import type { Op } from '../../../src/op/def.js'
import type { Measured, Worst } from './measure.js'
import { roundedUp } from './units.js'

/** Above so many units an op counts as loose, and the page says why. */
const LOOSE = { elementwise: 4, others: 32 }

/** Why an op is off by more; every op of the page that is must be here. */
export const REASONS: Readonly<Record<string, string>> = {
  gelu: 'x (1 + erf) / 2 cancels where x is negative: the error is small beside 1, not beside the result, which falls like exp(−x² / 2)',
  geluTanh:
    'x sigmoid(2u), u about 0.8x: rounding u is an error of the exponential as many times as u is large, for negative x',
  lerp: 'x + t (y − x) cancels where the result is near 0: the error is small beside x and y, not beside the result',
  mod: 'x − y floor(x / y) cancels: the error is small beside x; near a multiple of y the rounded quotient may lie on its other side, and the result is y off',
  pow: 'exp(y log x) on shaders: its relative error is 2 + |y log x| units (kernels/README.md)',
  silu: 'below −87 only: there the sigmoid is below the normal numbers and lost, |x| times 2^-126; elsewhere it is at most 2.5 off',
}

const isElementwise = (op: Op): boolean => op.category === 'elementwise'
/** Comparing places is the only way to have units of the result itself; elsewhere they are of the largest number. */
const isLoose = (op: Op, measured: Measured): boolean =>
  [...measured.values()].some((ops) => {
    const worst = ops.get(op.name)
    const limit = isElementwise(op) ? LOOSE.elementwise : LOOSE.others
    return worst !== undefined && (worst.value > limit || worst.gradient > LOOSE.others)
  })

export const printFigure = (units: number): string => {
  const up = roundedUp(units)
  return up >= 1e6 ? up.toExponential() : String(up)
}

/** The bound of the record, relative to the largest number of the result, in units. */
const printBound = ({ tolerance }: Op): string => printFigure(tolerance.relative * 2 ** 23)

const printRange = ({ range, category }: Op): string =>
  range === undefined
    ? category === 'elementwise'
      ? 'all'
      : '—'
    : range.map(([low, high]) => `[${low}, ${high}]`).join(' × ')

const row = (op: Op, measured: Measured): string => {
  const cells = [...measured.values()].flatMap((ops) => {
    const worst = ops.get(op.name)
    return [printFigure(worst?.value ?? Number.NaN), printFigure(worst?.gradient ?? Number.NaN)]
  })
  return `| ${[op.name, ...cells, printBound(op), printRange(op)].join(' | ')} |`
}

export interface Circumstances {
  readonly date: string
  readonly machine: string
  readonly command: string
  readonly places: string
  readonly results: string
}

export const printPage = (
  categories: ReadonlyMap<string, readonly Op[]>,
  measured: Measured,
  { date, machine, command, places, results }: Circumstances,
): string => {
  const targets = [...measured.keys()]
  const all = [...categories.values()].flat()
  return [
    '# Accuracy',
    '',
    'The worst error of each op, and of its gradients (∇), on each target, in units in the last place (ULP) of float32, against the exact result, for which the float64 interpreter stands. A correctly rounded result is half a unit off at most.',
    '',
    `* Values of elementwise ops: units of each result itself, over ${places} inputs stratified by exponent and sign, linearly over the range and near 0, for two and three operands jointly, and at marked points such as 0, ±1 and the ends. A unit is at least 2^-126, the smallest normal number, because a shader flushes what is below it. Places whose result overflows are left out; special numbers have tests of their own.`,
    `* Values of other ops, and all gradients: ‖a − b‖∞ in units of 2^-23 ‖b‖∞, over ${results} numbers of the result of one application of the op, mapped over stratified inputs from its samples. bools and integers: 0 says that all are right.`,
    '* Bound: what the record promises, ‖a − b‖∞ ≤ bound · 2^-23 ‖b‖∞; it is relative to the largest number, so a value of an elementwise op may be more units off at its own place. Range: where the operands of an elementwise op may lie.',
    '',
    `Measured on ${date}, ${machine}; webgpu on a software adapter. Figures are rounded up to two digits. Written by \`${command}\`; the tests measure again over 2^14 inputs (\`test/conformance/accuracy.test.ts\`) and fail when an op is missing or a figure is exceeded.`,
    '',
    ...[...categories].flatMap(([category, chosen]) => [
      `## ${category}`,
      '',
      `| op | ${targets.map((target) => `${target} | ∇`).join(' | ')} | bound | range |`,
      `|---|${targets.map(() => '---|---|').join('')}---|---|`,
      ...chosen.map((op) => row(op, measured)),
      '',
    ]),
    '## Loose',
    '',
    `Ops more than ${LOOSE.elementwise} units off somewhere (elementwise) or ${LOOSE.others} (others), and why.`,
    '',
    '| op | reason |',
    '|---|---|',
    ...all
      .filter((op) => isLoose(op, measured))
      .map(({ name }) => {
        const reason = REASONS[name]
        if (reason === undefined) throw new Error(`${name} is loose, and no reason is stated`)
        return `| ${name} | ${reason} |`
      }),
    '',
  ].join('\n')
}

export interface StatedRow {
  readonly worst: ReadonlyMap<string, Worst>
  readonly bound: string
  readonly range: string
}

/** The rows of the tables of a page, by op. */
export const readPage = (page: string): ReadonlyMap<string, StatedRow> => {
  const found = new Map<string, StatedRow>()
  let targets: readonly string[] = []
  for (const line of page.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim())
    const own = cells.slice(2, -3)
    const [, name = ''] = cells
    if (!line.startsWith('| ') || cells.length < 7) continue
    if (name === 'op') targets = own.filter((_, i) => i % 2 === 0)
    else
      found.set(name, {
        worst: new Map(
          targets.map((target, i) => [
            target,
            { value: Number(own[2 * i]), gradient: Number(own[2 * i + 1]) },
          ]),
        ),
        bound: cells.at(-3) ?? '',
        range: cells.at(-2) ?? '',
      })
  }
  return found
}

/** What a row of the page has to say of the record. */
export const promised = (op: Op): Pick<StatedRow, 'bound' | 'range'> => ({
  bound: printBound(op),
  range: printRange(op),
})
