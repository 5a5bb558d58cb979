/** What all forms of kernels are made of: rows and their coordinates, results and where they are stored. */
import type { Scalar, ScalarKernel } from '../../src/ir/scalar.js'
import type { Strip } from './spans.js'
import { axisVariable, loopVariable, readsOf, stepOf } from './address.js'
import { sizeOfExpression } from './axes.js'
import type { SimdKernel } from './kernel.js'
import type { Writer } from './writer.js'
import { get, i32 } from './writer.js'

/** How many elements a shape has. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1)

/** A read of four elements one by one, in reads of four neighbours. */
const SCATTERED = 6

/** What the reads for four results cost with `variable` along the lanes, per result. */
export const readCost = (kernel: ScalarKernel, variable: string, size: number): number => {
  const cost = readsOf(expressionsOf(kernel)).reduce((sum, { index }) => {
    const step = stepOf(index, variable)
    return sum + (step === 0 || step === 1 ? 1 : step === -1 ? 1.5 : SCATTERED)
  }, 1)
  return (cost * Math.ceil(size / 4)) / size
}

const offsetText = (offset: number): string => (offset === 0 ? '' : ` offset=${offset}`)

/** Stores the lanes of a strip that count, from an address of its first result less `ahead` on. */
export const store = (w: Writer, address: string, { ahead, width }: Strip, value: string): void => {
  if (width === 4) return w.line(`(v128.store${offsetText(4 * ahead)} ${address} ${value})`)
  const lanes = w.let('v128', 'result', value)
  for (let lane = 0; lane < width; lane += 1)
    w.line(`(v128.store32_lane${offsetText(4 * (ahead + lane))} ${lane} ${address} ${lanes})`)
}

/** Body and epilogue. */
export const expressionsOf = ({ body, epilogue }: ScalarKernel): readonly Scalar[] =>
  epilogue === null ? [body] : [body, epilogue]

/** The coordinates along `sizes` of row number `begin`; the code of `advance` moves on to the next row. */
export const rowCounter = (w: Writer, sizes: readonly number[], begin: string) => {
  const names = sizes.map(() => w.local('i32', 'i'))
  let rest = begin
  sizes.toReversed().forEach((size, i) => {
    const name = names[sizes.length - 1 - i] ?? ''
    const isFirst = i === sizes.length - 1
    w.line(`(local.set ${name} ${isFirst ? rest : `(i32.rem_u ${rest} ${i32(size)})`})`)
    if (!isFirst) rest = w.let('i32', 'rest', `(i32.div_u ${rest} ${i32(size)})`)
  })
  const advance = (axis: number): void => {
    const name = names[axis]
    if (name === undefined) return
    w.line(`(local.set ${name} (i32.add ${get(name)} (i32.const 1)))`)
    if (axis === 0) return
    w.block(`(if (i32.eq ${get(name)} ${i32(sizes[axis] ?? 1)}) (then`, () => {
      w.line(`(local.set ${name} (i32.const 0))`)
      advance(axis - 1)
    })
  }
  return { axes: names.map(get), advance: () => advance(sizes.length - 1) }
}

/** The addresses of the inputs. */
export const inputsOf = ({ inputs }: ScalarKernel): readonly string[] => inputs.map((_, i) => get(`$in${i}`))

/** The coordinates from an axis on, loops included. */
export const axesFrom = ({ shape, loops }: ScalarKernel, first: number): ReadonlySet<string> =>
  new Set([
    ...shape.flatMap((_, axis) => (axis >= first ? [axisVariable(axis)] : [])),
    ...loops.map((_, loop) => loopVariable(loop)),
  ])

/** Results worth a call of their own. */
const CALL_WORK = 4096

const grainFor = (kernel: ScalarKernel, units: number): number => {
  const terms = sizeOf(kernel.loops.map(({ size }) => size))
  const work = (sizeOf(kernel.shape) / units) * Math.max(1, terms) * sizeOfExpression(kernel.body)
  return Math.max(1, Math.min(units, Math.ceil(CALL_WORK / work)))
}

/** The kernel of what was written. */
export const finished = (w: Writer, kernel: ScalarKernel, units: number): SimdKernel => ({
  name: kernel.name,
  text: w.module(kernel.name, kernel.inputs.length),
  units,
  rowwise: true,
  grain: grainFor(kernel, units),
  scratchBytes: 0,
})
