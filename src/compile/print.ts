/** Plans and programs as text: what goldens hold and what a reader sees. */
import { scalarOperands } from '../ir/map-scalar.js'
import type { Bound, Condition, Index, Loop, Scalar } from '../ir/scalar.js'
import type { Plan, PlanKernel, PlanLoop, PlanStep, PlanValue } from './plan.js'
import type { Program, ProgramStep } from './program.js'

/** An index in the usual notation: axes i0, i1, …, counters r0, r1, …, a data-dependent index in brackets. */
export const printIndex = (index: Index, scalar: (value: Scalar) => string): string => {
  switch (index.kind) {
    case 'const':
      return `${index.value}`
    case 'axis':
      return `i${index.axis}`
    case 'loop':
      return `r${index.loop}`
    case 'quotient':
      return `(${printIndex(index.index, scalar)} / ${index.divisor})`
    case 'remainder':
      return `(${printIndex(index.index, scalar)} % ${index.divisor})`
    case 'dynamic':
      return `[${scalar(index.value)}]`
    case 'sum': {
      const terms = index.terms.map(([c, term]) => `${c === 1 ? '' : `${c}·`}${printIndex(term, scalar)}`)
      return [...terms, ...(index.constant === 0 ? [] : [`${index.constant}`])].join(' + ')
    }
  }
}

interface Statements {
  /** Definitions of the names that the result uses. */
  readonly lines: readonly string[]
  readonly result: string
}

/** A scalar expression as statements: a node used twice gets a name. */
const statementsOf = (root: Scalar): Statements => {
  const lines: string[] = []
  const names = new Map<Scalar, string>()
  const uses = countUses(root)

  const bound = ({ index, low, high }: Bound): string => `${low} ≤ ${printIndex(index, print)} < ${high}`
  const condition = (bounds: Condition): string => bounds.map(bound).join(' ∧ ')
  const print = (scalar: Scalar): string => {
    const name = names.get(scalar)
    if (name !== undefined) return name
    const text = expression(scalar)
    if ((uses.get(scalar) ?? 0) < 2 || scalar.kind === 'const' || scalar.kind === 'accumulator') return text
    const fresh = `t${names.size}`
    names.set(scalar, fresh)
    lines.push(`${fresh} = ${text}`)
    return fresh
  }
  const expression = (scalar: Scalar): string => {
    switch (scalar.kind) {
      case 'const':
        return Object.is(scalar.value, -0) ? '-0' : `${scalar.value}`
      case 'accumulator':
        return 'acc'
      case 'read':
        return `a${scalar.input}[${printIndex(scalar.index, print)}]`
      case 'index':
        return printIndex(scalar.index, print)
      case 'unary':
        return `${scalar.fn}(${print(scalar.x)})`
      case 'binary':
        return `${scalar.fn}(${print(scalar.x)}, ${print(scalar.y)})`
      case 'select':
        return `select(${print(scalar.condition)}, ${print(scalar.x)}, ${print(scalar.y)})`
      case 'guard':
        return `if ${condition(scalar.condition)} then ${print(scalar.x)} else ${print(scalar.y)}`
    }
  }

  const result = print(root)
  return { lines, result }
}

const countUses = (root: Scalar): Map<Scalar, number> => {
  const uses = new Map<Scalar, number>()
  const pending = [root]
  for (let scalar = pending.pop(); scalar !== undefined; scalar = pending.pop()) {
    const seen = uses.get(scalar) ?? 0
    uses.set(scalar, seen + 1)
    if (seen === 0) pending.push(...scalarOperands(scalar))
  }
  return uses
}

const printScalar = (root: Scalar, indent: string): readonly string[] => {
  const { lines, result } = statementsOf(root)
  return [...lines, result].map((line) => indent + line)
}

const printLoop = (loop: Loop, i: number): string =>
  `r${i} < ${loop.extent === undefined ? loop.size : `${printIndex(loop.extent, () => '…')} (at most ${loop.size})`}`

const printValue = (value: PlanValue, id: number): string => {
  const origin =
    value.origin.kind === 'input' ? `input ${JSON.stringify(value.origin.name)}` : value.origin.kind
  return `  v${id} : ${value.dtype}[${value.shape.join(', ')}] ${origin}`
}

const printKernel = (kernel: PlanKernel): readonly string[] => [
  `  v${kernel.output} = ${kernel.name} <${kernel.skeleton}> (${kernel.inputs.map((value) => `v${value}`).join(', ')}) [${kernel.shape.join(', ')}]`,
  ...(kernel.combine === null
    ? []
    : [`    ${kernel.combine} over ${kernel.loops.map(printLoop).join(', ')}`]),
  ...printScalar(kernel.body, '      '),
  ...(kernel.epilogue === null ? [] : ['    then', ...printScalar(kernel.epilogue, '      ')]),
]

/** What each turn begins with, its steps, and what it ends with. */
const printPlanLoop = ({ length, reverse, carries, slices, stacks, steps }: PlanLoop): readonly string[] => [
  `  ${carries.map(({ init, value }) => `v${value} = v${init}, `).join('')}${reverse ? `for t from ${length - 1} to 0` : `for t < ${length}`} {`,
  ...[
    ...slices.map(({ whole, slice }) => `  v${slice} = v${whole}[t]`),
    ...steps.flatMap(printStep),
    ...stacks.map(({ piece, whole }) => `  v${whole}[t] = v${piece}`),
    ...carries.map(({ value, next }) => `  next v${value} = v${next}`),
  ].map((line) => `  ${line}`),
  '  }',
]

const printStep = (step: PlanStep): readonly string[] =>
  step.kind === 'kernel' ? printKernel(step) : printPlanLoop(step)

const printPlace = (buffer: number, stride: number): string =>
  `b${buffer}${stride === 0 ? '' : `[${stride}·t…]`}`

const printProgramStep = (step: ProgramStep): readonly string[] => {
  switch (step.kind) {
    case 'launch':
      return [`  b${step.output} = k${step.kernel}(${step.inputs.map((id) => `b${id}`).join(', ')})`]
    case 'copy':
      return [
        `  ${printPlace(step.to, step.toStride)} = ${step.length} of ${printPlace(step.from, step.fromStride)}`,
      ]
    case 'repeat':
      return [
        `  for t ${step.reverse ? `from ${step.length - 1} to 0` : `< ${step.length}`} {`,
        ...step.steps.flatMap(printProgramStep).map((line) => `  ${line}`),
        '  }',
      ]
  }
}

/** The plan, one kernel a paragraph. */
export const printPlan = (plan: Plan): string =>
  [
    'plan {',
    ...plan.values.map(printValue),
    ...plan.steps.flatMap(printStep),
    `  return ${plan.outputs.map(({ name, value }) => `${name} = v${value}`).join(', ')}`,
    '}',
    '',
  ].join('\n')

/** The program: buffers with their slots, launches, and the source of each kernel. */
export const printProgram = (program: Program): string =>
  [
    `program ${program.target} {`,
    ...program.buffers.map(
      ({ length, role, storage, name }, id) =>
        `  b${id} : f32[${length}] ${role} in slot ${storage}${name === undefined ? '' : ` ${JSON.stringify(name)}`}`,
    ),
    ...program.steps.flatMap(printProgramStep),
    ...program.kernels.flatMap(({ name, source, threads }, id) => [
      `  k${id} = ${name} on ${threads.join(' × ')} threads`,
      ...source.split('\n').map((line) => `    ${line}`),
    ]),
    `  ${program.flops} flops, ${program.bytes} bytes moved, ${program.peakBytes} bytes held`,
    '}',
    '',
  ].join('\n')
