import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt, renderError } from '../../src/error/error.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { tensorPaths, tensorsOf } from '../../src/ir/tensor-tree.js'
import { zeros } from '../../src/nn/initialiser.js'
import { parameter } from '../../src/nn/parameter.js'
import { filled, fromArray } from '../../src/op/leaf/constant.js'
import { openDevice } from '../../src/run/open-device.js'
import { evaluate } from '../../src/run/reference.js'
import { stepper } from '../../src/run/stepper.js'
import { adamw } from '../../src/train/adamw.js'
import type { AdamwOptions, AdamwState } from '../../src/train/adamw.js'
import { expectClose } from '../support/close.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

type Numbers = readonly number[]
type Vector = Tensor<readonly [3], 'f32'>

/** One parameter of each group, at different depths of the tree. */
const groups = {
  plain: { decay: true, trainable: true, rate: 1 },
  undecayed: { decay: false, trainable: true, rate: 1 },
  frozen: { decay: true, trainable: false, rate: 1 },
  slow: { decay: true, trainable: true, rate: 0.25 },
} as const
type Group = keyof typeof groups
const groupNames: readonly Group[] = ['plain', 'undecayed', 'frozen', 'slow']

const spec = (name: Group) => parameter({ shape: [3], init: zeros, ...groups[name] })
const specs = {
  plain: spec('plain'),
  inner: [spec('undecayed'), { frozen: spec('frozen') }],
  slow: spec('slow'),
}

interface Params {
  readonly plain: Vector
  readonly inner: readonly [Vector, { readonly frozen: Vector }]
  readonly slow: Vector
}

/** The tree of the numbers of each group, in the order of `groupNames`. */
const treeOf = (values: readonly Numbers[]): Params => {
  const vector = (i: number): Vector => fromArray(Float64Array.from(values[i] ?? []), [3])
  return { plain: vector(0), inner: [vector(1), { frozen: vector(2) }], slow: vector(3) }
}

const numbersOf = (tree: unknown): readonly Numbers[] =>
  evaluate(tensorsOf(tree)).map(({ data }) => [...data])

interface Run {
  readonly options: Required<AdamwOptions>
  readonly start: readonly Numbers[]
  /** By step, group and element. */
  readonly gradients: readonly (readonly Numbers[])[]
  readonly rates: Numbers
}

/** The parameters after all steps, and the state. */
const run = ({
  options,
  start,
  gradients,
  rates,
}: Run): { readonly params: Params; readonly state: AdamwState<Params> } => {
  const optimiser = adamw(options)
  const params = treeOf(start)
  return gradients.reduce(
    (now, gradient, step) =>
      optimiser.update(specs, now.params, treeOf(gradient), now.state, filled(rates[step] ?? 0, [])),
    { params, state: optimiser.init(params) },
  )
}

/** Σ (1 − β) β^(t − i) g_i: a moving mean written out, with no state. */
const movingMean = (beta: number, values: Numbers): number =>
  values.reduce((sum, value, i) => sum + (1 - beta) * beta ** (values.length - 1 - i) * value, 0)

/** One number of one parameter by the definition: each step from all gradients so far. */
const byDefinition = ({ options, rates }: Run, group: Group, start: number, gradients: Numbers): number => {
  const { betas, epsilon, weightDecay } = options
  const { decay, trainable, rate } = groups[group]
  if (!trainable) return start
  return gradients.reduce((x, _, i) => {
    const past = gradients.slice(0, i + 1)
    const first = movingMean(betas[0], past) / (1 - betas[0] ** (i + 1))
    const second =
      movingMean(
        betas[1],
        past.map((g) => g * g),
      ) /
      (1 - betas[1] ** (i + 1))
    return (
      x - (rates[i] ?? 0) * rate * (first / (Math.sqrt(second) + epsilon) + (decay ? weightDecay * x : 0))
    )
  }, start)
}

const expectedOf = (r: Run): readonly Numbers[] =>
  groupNames.map((group, g) =>
    Array.from({ length: 3 }, (_, e) =>
      byDefinition(
        r,
        group,
        r.start[g]?.[e] ?? 0,
        r.gradients.map((step) => step[g]?.[e] ?? 0),
      ),
    ),
  )

/** A grid: no square of a number underflows. */
const number = fc.integer({ min: -640, max: 640 }).map((n) => n / 64)
const ofEveryGroup = fc.array(fc.array(number, { minLength: 3, maxLength: 3 }), {
  minLength: 4,
  maxLength: 4,
})
const runs: fc.Arbitrary<Run> = fc.record({
  options: fc.record({
    betas: fc.tuple(fc.constantFrom(0, 0.5, 0.9), fc.constantFrom(0, 0.9, 0.999)),
    epsilon: fc.constantFrom(1e-5, 1e-3),
    weightDecay: fc.constantFrom(0, 0.05, 1),
  }),
  start: ofEveryGroup,
  gradients: fc.array(ofEveryGroup, { minLength: 1, maxLength: 5 }),
  rates: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
})

const expectAllClose = (
  found: readonly Numbers[],
  expected: readonly Numbers[],
  relative: number,
  absolute: number,
): void =>
  expected.forEach((values, g) =>
    expectClose(groupNames[g] ?? '', found[g] ?? [], values, relative, absolute),
  )

/** Each number, the same for the three elements of all groups. */
const everywhere = (values: Numbers): readonly (readonly Numbers[])[] =>
  values.map((value) => groupNames.map(() => [value, value, value]))
const simple = { betas: [0.9, 0.999] as const, epsilon: 1e-12, weightDecay: 0 }

describe('adamw', () => {
  it('is its definition, in every parameter group', () => {
    fc.assert(fc.property(runs, (r) => expectAllClose(numbersOf(run(r).params), expectedOf(r), 1e-9, 1e-9)))
  })

  it('keeps the structure of the parameters, and counts its steps', () => {
    fc.assert(
      fc.property(runs, (r) => {
        const { params, state } = run(r)
        const paths = (tree: unknown): readonly string[] => tensorPaths(tree).map(({ path }) => path)
        expect(paths(params)).toEqual(['plain', 'inner.0', 'inner.1.frozen', 'slow'])
        expect(paths(state)).toEqual(paths({ first: params, second: params, count: state.count }))
        expect(evaluate([state.count])[0]?.data).toEqual(Float64Array.of(r.gradients.length))
      }),
      { numRuns: 20 },
    )
  })

  it('starts with the step of the rate, against the sign of the gradient, however large that is', () => {
    const gradient = fc.double({ min: 1e-6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(gradient, fc.boolean(), fc.double({ min: 1e-4, max: 1, noNaN: true }), (size, up, rate) => {
        const g = up ? size : -size
        const { params } = run({
          options: simple,
          start: everywhere([0])[0] ?? [],
          gradients: everywhere([g]),
          rates: [rate],
        })
        const step = -rate * Math.sign(g)
        expectAllClose(
          numbersOf(params),
          [
            [step, step, step],
            [step, step, step],
            [0, 0, 0],
            [step / 4, step / 4, step / 4],
          ],
          1e-5,
          0,
        )
      }),
    )
  })

  it('does not care for the scale of all gradients', () => {
    fc.assert(
      fc.property(runs, fc.constantFrom(1e-3, 7, 1e3), (r, scale) => {
        // With no memory of the second moment the epsilon is all there is where a gradient is zero.
        const options = { ...r.options, betas: [r.options.betas[0], 0.999] as const, epsilon: 1e-30 }
        const scaled = r.gradients.map((step) => step.map((group) => group.map((g) => scale * g)))
        const found = numbersOf(run({ ...r, options, gradients: scaled }).params)
        expectAllClose(found, numbersOf(run({ ...r, options }).params), 1e-9, 1e-9)
      }),
      { numRuns: 40 },
    )
  })

  it('decays by the rate alone: neither the gradient nor the moments see it', () => {
    fc.assert(
      fc.property(runs, (r) => {
        const once = { ...r, gradients: r.gradients.slice(0, 1) }
        const decayed = run({ ...once, options: { ...r.options, weightDecay: 0.5 } })
        const plain = run({ ...once, options: { ...r.options, weightDecay: 0 } })
        expect(numbersOf(decayed.state)).toEqual(numbersOf(plain.state))
        const [rate = 0] = r.rates
        const lost = groupNames.map((group, g) => {
          const { decay, trainable, rate: factor } = groups[group]
          return (r.start[g] ?? []).map((x) => (decay && trainable ? -rate * factor * 0.5 * x : 0))
        })
        const before = numbersOf(plain.params)
        const expected = lost.map((values, g) => values.map((value, e) => value + (before[g]?.[e] ?? 0)))
        expectAllClose(numbersOf(decayed.params), expected, 1e-12, 1e-12)
      }),
    )
  })

  it.each<readonly [AdamwOptions, string]>([
    [
      { betas: [1, 0.999] },
      'OptionError in adamw: betas: expected a rate from 0 to below 1, found 1.\n  hint: 0.9 and 0.999 are common',
    ],
    [{ betas: [0.9, -0.1] }, 'OptionError in adamw: betas: expected a rate from 0 to below 1, found -0.1.'],
    [{ epsilon: 0 }, 'OptionError in adamw: epsilon: expected a positive number, found 0.'],
    [
      { weightDecay: NaN },
      'OptionError in adamw: weightDecay: expected a finite number of at least 0, found NaN.',
    ],
  ])('refuses %j', (options, message) => {
    expect(renderError(expectLeft(attempt(() => adamw(options))))).toContain(message)
  })

  it('keeps to its definition in the float32 of a device, over many steps', async () => {
    const device = expectRight(await openDevice('cpu')())
    const optimiser = adamw({ weightDecay: 0.1 })
    const start = groupNames.map((_, g) => [g + 0.5, -g, 2])
    const gradientAt = (step: number): readonly Numbers[] =>
      groupNames.map((_, g) => [Math.sin(step + g), 1e-3 * Math.cos(step), 3 + Math.sin(2 * step)])
    const params = treeOf(start)
    const state = { params, optimiser: optimiser.init(params) }
    const advance = (now: typeof state, gradient: Params, rate: Tensor<readonly [], 'f32'>) => {
      const next = optimiser.update(specs, now.params, gradient, now.optimiser, rate)
      return { state: { params: next.params, optimiser: next.state }, output: {} }
    }
    const program = expectRight(await stepper(device)(advance)(state, params, filled(0, []))())
    expectRight(program.write(state))
    const gradients = Array.from({ length: 60 }, (_, step) => gradientAt(step))
    for (const gradient of gradients) expectRight(await program.step(treeOf(gradient), filled(0.01, []))())
    const found = numbersOf(expectRight(await program.read()).params)
    const options = { betas: [0.9, 0.999] as const, epsilon: 1e-8, weightDecay: 0.1 }
    expectAllClose(
      found,
      expectedOf({ options, start, gradients, rates: gradients.map(() => 0.01) }),
      2e-5,
      2e-5,
    )
    await device.destroy()
  })
})
