import type { Plan, PlanStep } from '../../src/compile/plan.js'
import { sameShape } from '../../src/shape/dim.js'

/**
 * What is wrong with a plan, in words; nothing where every step reads what was made before it, every value is made
 * once, and the parts of loops have the shapes of each other.
 */
export const planProblems = ({ values, steps, outputs }: Plan): readonly string[] => {
  const problems: string[] = []
  const claim = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem)
  }
  const shapeOf = (value: number): readonly number[] => values[value]?.shape ?? [Number.NaN]
  const same = (what: string, a: number, b: number): void =>
    claim(
      sameShape(shapeOf(a), shapeOf(b)) && values[a]?.dtype === values[b]?.dtype,
      `${what}: v${a} and v${b} differ in type`,
    )
  const ever = new Set<number>()
  const make = (known: Set<number>, value: number): void => {
    claim(!ever.has(value), `v${value} is made twice`)
    ever.add(value)
    known.add(value)
  }
  const walk = (list: readonly PlanStep[], known: Set<number>): void => {
    for (const step of list) {
      if (step.kind === 'kernel') {
        for (const value of step.inputs)
          claim(known.has(value), `${step.name} reads v${value} before it is made`)
        make(known, step.output)
        continue
      }
      const { carries, slices, stacks, length } = step
      const inside = new Set(known)
      for (const { init, value, next } of carries) {
        claim(known.has(init), `a carry begins with v${init} before it is made`)
        make(inside, value)
        same('first carry', init, value)
        same('next carry', next, value)
        claim(
          carries.every((other) => other.value === value || other.value !== next),
          `v${value} takes over the carry v${next}, which moves on`,
        )
      }
      for (const { whole, slice } of slices) {
        claim(known.has(whole), `a loop reads v${whole} before it is made`)
        make(inside, slice)
        claim(sameShape(shapeOf(whole), [length, ...shapeOf(slice)]), `v${slice} is no slice of v${whole}`)
      }
      walk(step.steps, inside)
      for (const { piece, whole } of stacks) {
        claim(inside.has(piece), `v${piece} is stacked before it is made`)
        make(known, whole)
        claim(sameShape(shapeOf(whole), [length, ...shapeOf(piece)]), `v${whole} is no stack of v${piece}`)
      }
      for (const { value, next } of carries) {
        claim(inside.has(next), `a carry goes on with v${next} before it is made`)
        known.add(value)
      }
    }
  }
  const given = values.flatMap(({ origin }, value) =>
    origin.kind === 'input' || origin.kind === 'constant' ? [value] : [],
  )
  const known = new Set(given)
  given.forEach((value) => ever.add(value))
  walk(steps, known)
  for (const { name, value } of outputs)
    claim(known.has(value), `result ${name} is v${value}, which nothing makes`)
  return problems
}
