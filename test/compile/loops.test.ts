import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, test } from 'vitest'
import { fuse } from '../../src/compile/fuse.js'
import { graphPasses } from '../../src/compile/passes.js'
import type { Plan, PlanLoop } from '../../src/compile/plan.js'
import { schedule } from '../../src/compile/schedule.js'
import { vjp } from '../../src/grad/vjp.js'
import type { Graph } from '../../src/ir/graph.js'
import { isGraph, toGraph } from '../../src/ir/graph.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { scan } from '../../src/op/control/combinator.js'
import { exp } from '../../src/op/elementwise/exp.js'
import { mul } from '../../src/op/elementwise/mul.js'
import { build } from '../../src/op/index.js'
import { filled } from '../../src/op/leaf/constant.js'
import { evaluate } from '../../src/run/reference.js'
import { expectNear } from '../support/close.js'
import { planProblems } from '../support/plan-problems.js'
import { randomLoops, tensor } from '../support/random-loop.js'
import { runPlaced } from '../support/run-placed.js'

/** What the passes make of loops. That the values stay the same is tested with the op. */

const named = (tensors: readonly Tensor[]): Graph =>
  toGraph(tensors.map((x, i) => ({ name: `${i}`, tensor: x })))

const passed = (graph: Graph): Graph => graphPasses.reduce((current, pass) => pass.run(current), graph)
const planOf = (tensors: readonly Tensor[]): Plan => fuse(passed(named(tensors)), { inputs: 7 })
const loopsOf = (plan: Plan): readonly PlanLoop[] =>
  plan.steps.flatMap((step) => (step.kind === 'loop' ? [step] : []))

interface Body {
  readonly body: Graph
  readonly carries: number
  readonly sequences: number
}

/** The bodies of all loops, those inside others included. */
const bodiesOf = (graph: Graph): readonly Body[] =>
  graph.nodes.flatMap(({ attrs }) =>
    Object.values(attrs).flatMap((body) =>
      isGraph(body)
        ? [
            { body, carries: Number(attrs['carries']), sequences: Number(attrs['sequences']) },
            ...bodiesOf(body),
          ]
        : [],
    ),
  )

const pulled = (f: (xs: readonly Tensor[]) => readonly Tensor[], operands: readonly Tensor[]) => {
  const { value, pullback } = vjp(f)(operands)
  return pullback(value.map(({ shape }, i) => tensor(50 + i, ...shape.map(Number))))
}

const loops = randomLoops(fc.integer({ min: 2, max: 5 }))

describe('loops after the passes', () => {
  test('compute nothing at each step that does not depend on it, save broadcasts', () => {
    fc.assert(
      fc.property(loops, ({ f, operands }) => {
        const graph = passed(named(pulled(f({ unroll: 0 }), operands)))
        for (const { body, carries, sequences } of bodiesOf(graph)) {
          const depends: boolean[] = []
          for (const { op, attrs, inputs } of body.nodes) {
            depends.push(
              op === 'input'
                ? Number(attrs['name']) < carries + sequences
                : inputs.some(({ node }) => depends[node]),
            )
            if (inputs.length > 0 && op !== 'broadcast') expect(depends.at(-1), op).toBe(true)
          }
        }
      }),
    )
  })

  test('read all they are given, and put out only what is read', () => {
    fc.assert(
      fc.property(loops, ({ f, operands }) => {
        const graph = passed(named(pulled(f({ unroll: 0 }), operands)))
        graph.nodes.forEach(({ op, attrs, inputs, outputs }, id) => {
          const body = attrs['body']
          if (op !== 'scan' || body === undefined || !isGraph(body)) return
          const read = body.nodes
            .filter((node) => node.op === 'input')
            .map((node) => Number(node.attrs['name']))
          inputs.forEach((_, i) => {
            if (i >= Number(attrs['carries'])) expect(read).toContain(i)
          })
          const refs = [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map(({ ref }) => ref)]
          const used = new Set(refs.filter(({ node }) => node === id).map(({ output }) => output))
          outputs.forEach((_, i) => {
            if (i >= Number(attrs['carries'])) expect(used).toContain(i)
          })
        })
      }),
    )
  })

  test('become plans in which everything is made before it is read and fits', () => {
    fc.assert(
      fc.property(loops, ({ f, operands }) => {
        const results = [...f({ unroll: 0 })(operands), ...pulled(f({ unroll: 0 }), operands)]
        expect(planProblems(planOf(results))).toEqual([])
        expect(planProblems(schedule(planOf(results)))).toEqual([])
      }),
    )
  })

  test('and a plan that is damaged is told from a sound one', () => {
    const rows = inputTensor('xs', [20, 3], 'f32')
    const step = ({ a, b }: { readonly a: Tensor; readonly b: Tensor }, x: Tensor) => ({
      carry: { a: b, b: build.mul(a, x) },
      y: x,
    })
    const { carry, ys } = scan(step, { a: filled(1, [3]) as Tensor, b: filled(2, [3]) as Tensor })(rows)
    const plan = planOf([build.sum(ys, [0]), carry.a])
    const [loop] = loopsOf(plan)
    if (loop === undefined) throw new Error('no loop')
    const withLoop = (changed: Partial<PlanLoop>): Plan => ({
      ...plan,
      steps: plan.steps.map((old) => (old === loop ? { ...loop, ...changed } : old)),
    })
    const damaged = [
      { ...plan, steps: plan.steps.toReversed() },
      { ...plan, steps: [...plan.steps, ...plan.steps] },
      withLoop({ length: 19 }),
      withLoop({ steps: [] }),
      withLoop({ slices: [] }),
      withLoop({
        carries: loop.carries.map((own, i) => ({ ...own, next: loop.carries[1 - i]?.value ?? -1 })),
      }),
    ]
    expect(planProblems(plan)).toEqual([])
    for (const broken of damaged) expect(planProblems(broken)).not.toEqual([])
  })

  test('values that share a slot never live at once, in loops and around them', () => {
    fc.assert(
      fc.property(loops, ({ f, operands }) => {
        const results = [...f({ unroll: 0 })(operands), ...pulled(f({ unroll: 0 }), operands)]
        const placed = runPlaced(planOf(results), {})
        evaluate(results).forEach((value, i) =>
          expectNear(
            `${i}`,
            { shape: value.shape, data: placed.get(`${i}`) ?? new Float64Array() },
            value,
            1e-5,
          ),
        )
      }),
    )
  })

  test('transform a filter once, not at each step', () => {
    const filter = inputTensor('filter', [4096], 'f32')
    const start: Tensor = filled(1, [4096])
    const convolved = (x: Tensor): Tensor =>
      build.fftConv({ axes: [0], mode: 'causal', sumOver: [] }, x, filter)
    const { carry } = pipe(
      [],
      scan((x) => ({ carry: convolved(x), y: [] }), start, { length: 20 }),
    )
    const plan = planOf([carry])
    const [loop] = loopsOf(plan)
    expect(plan.steps.length).toBeGreaterThan(1)
    expect(plan.values.some(({ origin }) => origin.kind === 'input')).toBe(true)
    const reads = new Set(loop?.steps.flatMap((step) => (step.kind === 'kernel' ? step.inputs : [])))
    plan.values.forEach(({ origin }, value) => {
      if (origin.kind === 'input') expect(reads).not.toContain(value)
    })
  })

  test('lose a carry that makes no difference', () => {
    const { carry } = pipe(
      [],
      scan(
        ({ a, b }: { readonly a: Tensor<readonly [2], 'f32'>; readonly b: Tensor<readonly [2], 'f32'> }) => ({
          carry: { a: pipe(a, mul(b)), b: pipe(b, exp) },
          y: a,
        }),
        { a: filled(1, [2]), b: filled(0.5, [2]) },
        { length: 20 },
      ),
    )
    expect(loopsOf(planOf([carry.b]))[0]?.carries.length).toBe(1)
    expect(loopsOf(planOf([carry.a]))[0]?.carries.length).toBe(2)
    expect(loopsOf(planOf([carry.b]))[0]?.stacks).toEqual([])
  })
})
