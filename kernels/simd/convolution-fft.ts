/**
 * The product of spectra, on tiles of four neighbours in the lanes. Lines are transformed along the innermost axes of
 * the grid first; along the outermost one each line goes forward, through the product and back while it is near.
 * Lines known to be zero are not transformed forward, nor those that nobody asks for backward.
 *
 *  - A filter that many entries share is transformed once; entries go in pairs, as real and imaginary part, because a
 *    real filter leaves them apart.
 *  - Else both factors are one complex number z = x + i·k: twice their convolution is the imaginary part of z ∗ z, and
 *    what is summed is summed as Z².
 */
import type { Arrangement, Frame, Position } from './convolution-frame.js'
import { entryAt, overSummed, overUnits } from './convolution-frame.js'
import { fill, finish } from './convolution-tile.js'
import type { Complex } from './fourier-butterfly.js'
import { square, times } from './fourier-butterfly.js'
import type { Layout } from './fourier-grid.js'
import {
  clear,
  forwardInner,
  forwardOutermost,
  inverseInner,
  inverseOutermost,
  layoutOf,
  load,
  overAxes,
  overOutermost,
  writeTables,
} from './fourier-grid.js'
import { POINT } from './fourier-line.js'
import type { SimdKernel } from './kernel.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, splat, writer } from './writer.js'

const productOf = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

const store = (w: Writer, address: string, value: string): void => w.line(`(v128.store ${address} ${value})`)

/** Point by point, the buffer's number and the spectrum's. */
const overPoints = (
  w: Writer,
  layout: Layout,
  spectrum: string,
  body: (here: string, there: string) => void,
): void => {
  const counter = w.local('i32', 'point')
  w.loop(counter, i32(0), i32(POINT * (layout.lines[0]?.length ?? 1)), POINT, () =>
    body(
      w.let('i32', 'here', addI32(layout.buffer, get(counter))),
      w.let('i32', 'there', addI32(spectrum, get(counter))),
    ),
  )
}

const loadPoint = (w: Writer, at: string): Complex => ({
  re: w.let('v128', 're', load(at)),
  im: w.let('v128', 'im', load(at, 16)),
})
const storePoint = (w: Writer, at: string, { re, im }: Complex): void => {
  w.line(`(v128.store ${at} ${re})`)
  w.line(`(v128.store offset=16 ${at} ${im})`)
}

/** The places of a point of the signal: where an axis is extended, once more before its start, which is the end. */
const copiesOf = ({ lines, work }: Layout): readonly number[] =>
  lines.reduce<readonly number[]>(
    (offsets, { size, length, extended }, axis) =>
      extended
        ? offsets.flatMap((offset) => [offset, offset + (length - size) * (work.pitches[axis] ?? 0)])
        : offsets,
    [0],
  )

const storeSignal = (w: Writer, layout: Layout, part: 0 | 16) => (address: string, value: string) => {
  const bound = w.let('v128', 'value', value)
  for (const offset of copiesOf(layout)) w.line(`(v128.store offset=${offset + part} ${address} ${bound})`)
}

const isPadded = ({ lines }: Layout): boolean =>
  lines.some(({ size, length, halfSignal }) => size < (halfSignal ? length / 2 : length))

/** The value times a power of two, exact. */
const scaled = (value: string, scale: number): string => `(f32x4.mul ${value} ${splat(scale)})`

const sharedFilter = (w: Writer, frame: Frame, layout: Layout): void => {
  const { filter, signal, entriesPerUnit, entries } = frame
  const scale = 1 / productOf(layout.lines.map(({ length }) => length))
  const { work } = layout
  const isEven = entries % 2 === 0
  const whenPaired = (entry: string, end: string, body: () => void, otherwise?: () => void): void => {
    const second = addI32(entry, i32(1))
    if (isEven) body()
    else {
      w.block(`(if (i32.lt_u ${second} ${end}) (then`, body)
      if (otherwise !== undefined) w.block(`(if (i32.ge_u ${second} ${end}) (then`, otherwise)
    }
  }
  overUnits(
    w,
    frame,
    (at) => {
      clear(w, work.base, layout.workBytes)
      fill(w, frame, filter.scalar, at, work, (address, value) => store(w, address, value))
      forwardInner(w, layout, 'filter')
      overOutermost(w, layout, (line, spectrum) => forwardOutermost(w, layout, 'filter', line, spectrum))
    },
    Math.min(2, entriesPerUnit),
    (unit, entry, end) => {
      if (isPadded(layout)) clear(w, work.base, layout.workBytes)
      const first = entryAt(w, frame, unit, entry)
      fill(w, frame, signal.scalar, first, work, storeSignal(w, layout, 0))
      const second = entryAt(w, frame, unit, w.let('i32', 'second', addI32(entry, i32(1))))
      const inSecond = (scalar: Frame['signal']['scalar']): void =>
        fill(w, frame, scalar, second, work, storeSignal(w, layout, 16))
      whenPaired(
        entry,
        end,
        () => inSecond(signal.scalar),
        () => inSecond({ kind: 'const', value: 0 }),
      )
      forwardInner(w, layout, 'signal')
      overOutermost(w, layout, (line, spectrum) => {
        forwardOutermost(w, layout, 'signal', line, layout.buffer)
        overPoints(w, layout, spectrum, (here, there) =>
          storePoint(w, here, times(w, loadPoint(w, here), loadPoint(w, there))),
        )
        inverseOutermost(w, layout, layout.buffer, line)
      })
      inverseInner(w, layout)
      finish(w, frame, first, work, (address) => scaled(load(address), scale))
      whenPaired(entry, end, () => finish(w, frame, second, work, (at) => scaled(load(at, 16), scale)))
    },
  )
}

/** Largest absolute values by lane, met so far. */
const noteSize = (w: Writer, most: string, value: string): string => {
  const bound = w.let('v128', 'value', value)
  w.line(`(local.set ${most} (f32x4.pmax (f32x4.abs ${bound}) ${get(most)}))`)
  return bound
}

/** Widest step of the exponent by which factors are evened out. */
const WIDEST = 40

/**
 * Multiplies real parts by a power of two and divides imaginary parts by it, so that the larger factor's rounding does
 * not drown the smaller one; the product stays.
 */
const evenOut = (w: Writer, layout: Layout, real: string, imaginary: string): void => {
  const exponent = (most: string): string => `(i32x4.shr_u ${get(most)} ${i32(23)})`
  const bounded = (x: string): string =>
    `(i32x4.max_s (i32x4.min_s ${x} (i32x4.splat ${i32(WIDEST)})) (i32x4.splat ${i32(-WIDEST)}))`
  const step = w.let(
    'v128',
    'step',
    bounded(`(i32x4.shr_s (i32x4.sub ${exponent(imaginary)} ${exponent(real)}) ${i32(1)})`),
  )
  const one = `(i32x4.splat ${i32(127)})`
  const up = w.let('v128', 'up', `(i32x4.shl (i32x4.add ${one} ${step}) ${i32(23)})`)
  const down = w.let('v128', 'down', `(i32x4.shl (i32x4.sub ${one} ${step}) ${i32(23)})`)
  const reach = layout.lines.map(({ size, length, extended }, axis) => ({
    axis,
    size: extended ? length : size,
  }))
  overAxes(w, layout.work, reach, (at) =>
    storePoint(w, at, { re: `(f32x4.mul ${load(at)} ${up})`, im: `(f32x4.mul ${load(at, 16)} ${down})` }),
  )
}

const ownFilters = (w: Writer, frame: Frame, layout: Layout): void => {
  const { filter, signal, sum } = frame
  const scale = 0.5 / productOf(layout.lines.map(({ length }) => length))
  const { work } = layout
  const isSummed = sum.summed.length > 0
  const [real, imaginary] = [w.local('v128', 'largest'), w.local('v128', 'largest')]
  const forward = (at: Position): void => {
    // The filter is not extended: its copies must be 0.
    if (isPadded(layout)) clear(w, work.base, layout.workBytes)
    w.line(`(local.set ${real} ${splat(0)})`)
    w.line(`(local.set ${imaginary} ${splat(0)})`)
    fill(w, frame, signal.scalar, at, work, (address, value) =>
      storeSignal(w, layout, 0)(address, noteSize(w, real, value)),
    )
    fill(w, frame, filter.scalar, at, work, (address, value) => {
      const bound = noteSize(w, imaginary, value)
      w.line(`(v128.store offset=16 ${address} ${bound})`)
    })
    evenOut(w, layout, real, imaginary)
    forwardInner(w, layout, 'signal')
  }
  overUnits(
    w,
    frame,
    () => undefined,
    1,
    (unit, entry) => {
      const at = entryAt(w, frame, unit, entry)
      if (isSummed) clear(w, layout.spectrum, layout.spectrumBytes)
      overSummed(w, frame, sum.summed, at, (turn) => {
        forward(turn)
        overOutermost(w, layout, (line, spectrum) => {
          forwardOutermost(w, layout, 'signal', line, layout.buffer)
          overPoints(w, layout, spectrum, (here, there) => {
            const z = loadPoint(w, here)
            if (isSummed) storePoint(w, there, square(w, z, loadPoint(w, there)))
            else storePoint(w, here, square(w, z, null))
          })
          if (!isSummed) inverseOutermost(w, layout, layout.buffer, line)
        })
      })
      if (isSummed) overOutermost(w, layout, (line, spectrum) => inverseOutermost(w, layout, spectrum, line))
      inverseInner(w, layout)
      finish(w, frame, at, work, (address) => scaled(load(address, 16), scale))
    },
  )
}

/** Whether one transform of the filter serves several entries. */
export const isShared = ({ filter, sum, entriesPerUnit }: Arrangement): boolean =>
  filter.loops.size === 0 && sum.summed.length === 0 && entriesPerUnit > 1

/** The kernel that multiplies spectra. */
export const fftKernel = (frame: Frame): SimdKernel => {
  const w = writer(frame.features)
  const { kernel, sum } = frame
  const layout = layoutOf(sum.grid)
  writeTables(w, layout)
  if (isShared(frame)) sharedFilter(w, frame, layout)
  else ownFilters(w, frame, layout)
  return {
    name: `${kernel.name} by spectra`,
    text: w.module(`${kernel.name} by spectra`, kernel.inputs.length),
    units: frame.units,
    rowwise: false,
    grain: 1,
    scratchBytes: layout.bytes,
  }
}
