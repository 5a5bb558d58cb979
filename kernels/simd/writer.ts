/**
 * Writes one WebAssembly function as text: statements in folded form, locals, loops. What a statement needs
 * from a library (`use`) is included once in the module.
 */
import type { Features } from './kernel.js'

export type ValueType = 'i32' | 'f32' | 'v128'

/** A function that kernels call: its name, and its text. It calls only what it names in `needs`. */
export interface LibraryFunction {
  readonly name: string
  readonly text: (features: Features) => string
  readonly needs: readonly LibraryFunction[]
}

export interface Writer {
  readonly features: Features
  /** Adds a statement. */
  readonly line: (text: string) => void
  /** A new local variable; gives its name, such as `$row3`. */
  readonly local: (type: ValueType, hint: string) => string
  /** A new local set to an expression; gives `(local.get $name)`. */
  readonly let: (type: ValueType, hint: string, expression: string) => string
  /** What `body` writes, indented between the header and a closing parenthesis: `(if (cond) (then` closes with two. */
  readonly block: (header: string, body: () => void) => void
  /** counter = from; while counter < to: body; counter += step. Runs zero times where from ≥ to (as signed numbers). */
  readonly loop: (counter: string, from: string, to: string, step: number, body: () => void) => void
  /** Includes a library function; gives its name. */
  readonly use: (fn: LibraryFunction) => string
  /** The whole module. */
  readonly module: (name: string, inputs: number) => string
}

const closers = (header: string): string => {
  const opened = [...header].filter((c) => c === '(').length
  const closed = [...header].filter((c) => c === ')').length
  return ')'.repeat(opened - closed)
}

/** The memory every module of the target imports. */
export const memoryImport = ({ shared }: Features): string =>
  `(import "env" "memory" (memory 1 65536${shared ? ' shared' : ''}))`

export const get = (local: string): string => `(local.get ${local})`
export const i32 = (value: number): string => `(i32.const ${value | 0})`

/** An i32 sum or product, folded where an operand is a constant that does nothing. */
export const addI32 = (a: string, b: string): string =>
  a === i32(0) ? b : b === i32(0) ? a : `(i32.add ${a} ${b})`
export const mulI32 = (a: string, factor: number): string => {
  if (factor === 0) return i32(0)
  if (factor === 1) return a
  const shift = Math.log2(factor)
  return Number.isInteger(shift) && shift > 0
    ? `(i32.shl ${a} ${i32(shift)})`
    : `(i32.mul ${a} ${i32(factor)})`
}

/** a · b + c, in one rounding where the engine can. */
export const multiplyAdd = ({ relaxed }: Features, a: string, b: string, c: string): string =>
  relaxed ? `(f32x4.relaxed_madd ${a} ${b} ${c})` : `(f32x4.add (f32x4.mul ${a} ${b}) ${c})`

/** A float32 constant in every lane, exact. */
export const splat = (value: number): string => `(f32x4.splat ${f32(value)})`
export const f32 = (value: number): string => {
  const rounded = Math.fround(value)
  if (Number.isNaN(rounded)) return '(f32.const nan)'
  if (!Number.isFinite(rounded)) return `(f32.const ${rounded < 0 ? '-inf' : 'inf'})`
  return `(f32.const ${Object.is(rounded, -0) ? '-0' : rounded})`
}

export const writer = (features: Features): Writer => {
  const lines: string[] = []
  const locals: string[] = []
  const library = new Map<string, string>()
  let depth = 2
  let label = 0
  const line = (text: string): void => {
    lines.push('  '.repeat(depth) + text)
  }
  const local = (type: ValueType, hint: string): string => {
    const name = `$${hint}${locals.length}`
    locals.push(`(local ${name} ${type})`)
    return name
  }
  const block = (header: string, body: () => void): void => {
    line(header)
    depth += 1
    body()
    depth -= 1
    line(closers(header))
  }
  const use = (fn: LibraryFunction): string => {
    fn.needs.forEach(use)
    if (!library.has(fn.name)) library.set(fn.name, fn.text(features))
    return fn.name
  }
  return {
    features,
    line,
    local,
    let: (type, hint, expression) => {
      const name = local(type, hint)
      line(`(local.set ${name} ${expression})`)
      return get(name)
    },
    block,
    loop: (counter, from, to, step, body) => {
      const again = `$again${label++}`
      line(`(local.set ${counter} ${from})`)
      block(`(if (i32.lt_s ${get(counter)} ${to}) (then (loop ${again}`, () => {
        body()
        line(`(local.set ${counter} (i32.add ${get(counter)} ${i32(step)}))`)
        line(`(br_if ${again} (i32.lt_s ${get(counter)} ${to}))`)
      })
    },
    use,
    module: (name, inputs) => {
      const parameters = [
        'begin',
        'end',
        'scratch',
        'out',
        ...Array.from({ length: inputs }, (_, i) => `in${i}`),
      ]
      return [
        `(module ;; ${name}`,
        `  ${memoryImport(features)}`,
        ...library.values(),
        `  (func (export "run") ${parameters.map((parameter) => `(param $${parameter} i32)`).join(' ')}`,
        ...(locals.length === 0 ? [] : [`    ${locals.join(' ')}`]),
        ...lines,
        '  )',
        ')',
      ].join('\n')
    },
  }
}
