/** Texts that are equal for kernels of equal structure, whatever objects they are made of. */
import type { Condition, Index, Scalar, ScalarKernel } from './scalar.js'

/**
 * A function from kernels to their keys. It numbers the expressions it has seen, so keys of one function may be compared
 * with each other alone. The name of a kernel does not count.
 */
export const kernelKeys = (): ((kernel: ScalarKernel) => string) => {
  const numbers = new Map<string, number>()
  const known = new Map<Scalar, number>()
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  const index = (at: Index): string => {
    switch (at.kind) {
      case 'const':
        return `${at.value}`
      case 'axis':
        return `i${at.axis}<${at.size}`
      case 'loop':
        return `r${at.loop}<${at.size}`
      case 'sum':
        return `(${at.constant}${at.terms.map(([c, term]) => `+${c}*${index(term)}`).join('')})`
      case 'quotient':
        return `(${index(at.index)}/${at.divisor})`
      case 'remainder':
        return `(${index(at.index)}%${at.divisor})`
      case 'dynamic':
        return `[${scalar(at.value)}<${at.size}]`
    }
  }
  const condition = (bounds: Condition): string =>
    bounds.map((bound) => `${bound.low}<=${index(bound.index)}<${bound.high}`).join('&')
  const textOf = (x: Scalar): string => {
    switch (x.kind) {
      case 'const':
        return `c${Object.is(x.value, -0) ? '-0' : x.value}`
      case 'read':
        return `a${x.input}@${index(x.index)}`
      case 'unary':
        return `${x.fn} ${scalar(x.x)}`
      case 'binary':
        return `${x.fn} ${scalar(x.x)} ${scalar(x.y)}`
      case 'select':
        return `select ${scalar(x.condition)} ${scalar(x.x)} ${scalar(x.y)}`
      case 'guard':
        return `guard ${condition(x.condition)} ${scalar(x.x)} ${scalar(x.y)}`
      case 'index':
        return `index ${index(x.index)}`
      case 'accumulator':
        return 'accumulator'
    }
  }
  const scalar = (x: Scalar): number => {
    const number = known.get(x) ?? numberOf(textOf(x))
    known.set(x, number)
    return number
  }
  return ({ shape, loops, combine, body, epilogue, inputs }) =>
    [
      shape.join(),
      loops
        .map(({ size, extent }) => (extent === undefined ? `${size}` : `${size}:${index(extent)}`))
        .join(';'),
      `${combine}`,
      scalar(body),
      epilogue === null ? '' : scalar(epilogue),
      inputs.join(),
    ].join('|')
}
