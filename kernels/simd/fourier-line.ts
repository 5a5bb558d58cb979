/**
 * Transforms of one line of complex numbers over four lanes: four transforms side by side. A point is two vectors,
 * real parts then imaginary parts. Forward is decimation in frequency, radix 4, and leaves its result in an order of
 * its own; the inverse, decimation in time, takes it from there, so that nothing is ever reordered.
 */
import type { Complex, FunctionWriter } from './fourier-butterfly.js'
import {
  functionText,
  radix4,
  smallForward,
  smallInverse,
  times,
  timesConjugate,
} from './fourier-butterfly.js'
import { tableBytes } from './fourier-table.js'
import type { LibraryFunction } from './writer.js'
import { addI32, i32, mulI32 } from './writer.js'

/** Bytes of a point. */
export const POINT = 32
/** The longest transform without stages of radix 4. */
export const LONGEST_SMALL = 12
/** Points of a line that stay in the first-level cache. */
const NEAR = 1024

const get = (name: string): string => `(local.get $${name})`

const load = (w: FunctionWriter, address: string, offset = 0): Complex => ({
  re: w.let('v128', 'r', `(v128.load offset=${offset} ${address})`),
  im: w.let('v128', 'i', `(v128.load offset=${offset + 16} ${address})`),
})
const store = (w: FunctionWriter, address: string, offset: number, { re, im }: Complex): void => {
  w.line(`(v128.store offset=${offset} ${address} ${re})`)
  w.line(`(v128.store offset=${offset + 16} ${address} ${im})`)
}

/** Factors of one, two and three times the angle at offset `k` of the table. */
const twiddles = (w: FunctionWriter, k: string): readonly Complex[] =>
  [1, 2, 3].map((multiple) => {
    const at = w.let('i32', 'turn', `(i32.add ${get('table')} ${mulI32(k, multiple)})`)
    return {
      re: w.let('v128', 'c', `(v128.load32_splat ${at})`),
      im: w.let('v128', 's', `(v128.load32_splat offset=4 ${at})`),
    }
  })

/** The parts that stages of radix 4 leave to a small transform. */
const lastLength = (length: number): number =>
  length % 4 === 0 && length / 4 >= 4 ? lastLength(length / 4) : length

/** Lengths of the parts that stages of radix 4 split, from the first to the one before the last stage of all. */
const middleLengths = (length: number): readonly number[] => {
  const lengths: number[] = []
  for (let part = length / 4; part > lastLength(length); part /= 4) lengths.push(part)
  return lengths
}

/** Whether after its first stage a line's quarters are transformed one after the other, each near. */
const isSplit = (length: number): boolean => length > NEAR

/** The lengths whose tables a transform reads, one after the other. */
export const tableLengths = (length: number): readonly number[] =>
  length <= LONGEST_SMALL ? [] : isSplit(length) ? [length, ...tableLengths(length / 4)] : [length]

/** The transforms of the buffer's quarters, in place. */
const eachQuarter = (
  w: FunctionWriter,
  length: number,
  call: (at: string, table: string) => string,
): void => {
  const table = w.let('i32', 'finer', addI32(get('table'), i32(tableBytes(length))))
  const end = w.let('i32', 'end', addI32(get('buffer'), i32(length * POINT)))
  w.loop('at', get('buffer'), end, i32((length / 4) * POINT), (at) => w.line(call(at, table)))
}

/** A stage of radix 4 on all parts of the buffer, those with the same factors one after the other. */
const middleStage = (
  w: FunctionWriter,
  length: number,
  part: number,
  butterfly: (points: readonly Complex[], factors: readonly Complex[]) => readonly Complex[],
): void => {
  const quarter = (part / 4) * POINT
  const turns = 8 * (length / part)
  w.loop('j', i32(0), i32(quarter), i32(POINT), (j) => {
    const factors = twiddles(w, w.let('i32', 'k', `(i32.div_u ${mulI32(j, turns)} ${i32(POINT)})`))
    const end = w.let('i32', 'end', addI32(get('buffer'), i32(length * POINT)))
    w.loop('at', addI32(get('buffer'), j), end, i32(part * POINT), (at) => {
      const points = [0, 1, 2, 3].map((q) => load(w, at, q * quarter))
      butterfly(points, factors).forEach((value, q) => store(w, at, q * quarter, value))
    })
  })
}

const three = <T>([a, b, c, d]: readonly T[]): readonly [T, T, T, T] => {
  if (a === undefined || b === undefined || c === undefined || d === undefined)
    throw new RangeError('a butterfly of four needs four values')
  return [a, b, c, d]
}

const decimateFrequency = (
  w: FunctionWriter,
  points: readonly Complex[],
  factors: readonly Complex[],
): readonly Complex[] => {
  const [a, b, c, d] = points
  if (a === undefined || b === undefined) throw new RangeError('a stage needs points')
  return radix4(w, [a, b, c ?? null, d ?? null], -1).map((value, q) => {
    const factor = factors[q - 1]
    return factor === undefined ? value : times(w, value, factor)
  })
}

const decimateTime = (
  w: FunctionWriter,
  points: readonly Complex[],
  factors: readonly Complex[],
): readonly Complex[] => {
  const turned = points.map((value, q) => {
    const factor = factors[q - 1]
    return factor === undefined ? value : timesConjugate(w, value, factor)
  })
  return radix4(w, three(turned), 1)
}

/** The stage without factors, on each part of the buffer. */
const lastStage = (
  w: FunctionWriter,
  length: number,
  butterfly: (points: readonly Complex[]) => readonly Complex[],
): void => {
  const part = lastLength(length)
  const end = w.let('i32', 'end', addI32(get('buffer'), i32(length * POINT)))
  w.loop('at', get('buffer'), end, i32(part * POINT), (at) => {
    const points = Array.from({ length: part }, (_, q) => load(w, at, q * POINT))
    butterfly(points).forEach((value, q) => store(w, at, q * POINT, value))
  })
}

/** Address of point j + q·length/4 of a line with a stride, by q. */
const quarters = (w: FunctionWriter, line: string, length: number, j: string): readonly string[] => {
  const step = w.let('i32', 'step', mulI32(get('stride'), length / 4))
  const first = w.let('i32', 'first', `(i32.add ${get(line)} (i32.mul ${j} ${get('stride')}))`)
  const second = w.let('i32', 'second', `(i32.add ${first} ${step})`)
  const third = w.let('i32', 'third', `(i32.add ${second} ${step})`)
  return [first, second, third, w.let('i32', 'fourth', `(i32.add ${third} ${step})`)]
}

const lineAddress = (line: string, q: number): string =>
  addI32(get(line), q === 0 ? i32(0) : mulI32(get('stride'), q))

/**
 * `$forward…(line, stride, buffer, table)`: `length` points from `line` on, `stride` bytes apart, to a buffer of
 * points one after the other; where `half`, only the first half is read and the rest is 0. Line and buffer may be
 * the same.
 */
export const forwardLine = (length: number, half: boolean): LibraryFunction => ({
  name: `$forward${length}${half ? 'half' : ''}`,
  needs: isSplit(length) ? [forwardLine(length / 4, false)] : [],
  text: (features) =>
    functionText(
      features,
      `forward${length}${half ? 'half' : ''}`,
      ['line', 'stride', 'buffer', 'table'],
      (w) => {
        if (length <= LONGEST_SMALL) {
          const points = Array.from({ length: half ? length / 2 : length }, (_, q) =>
            load(w, w.let('i32', 'at', lineAddress('line', q))),
          )
          smallForward(w, length, points).forEach((value, q) => store(w, get('buffer'), q * POINT, value))
          return
        }
        w.loop('j', i32(0), i32(length / 4), i32(1), (j) => {
          const points = quarters(w, 'line', length, j)
            .slice(0, half ? 2 : 4)
            .map((at) => load(w, at))
          const to = w.let('i32', 'to', addI32(get('buffer'), mulI32(j, POINT)))
          decimateFrequency(w, points, twiddles(w, w.let('i32', 'k', mulI32(j, 8)))).forEach((value, q) =>
            store(w, to, (q * length * POINT) / 4, value),
          )
        })
        if (isSplit(length)) {
          const name = forwardLine(length / 4, false).name
          eachQuarter(w, length, (at, table) => `(call ${name} ${at} ${i32(POINT)} ${at} ${table})`)
          return
        }
        for (const part of middleLengths(length))
          middleStage(w, length, part, (points, factors) => decimateFrequency(w, points, factors))
        lastStage(w, length, (points) => smallForward(w, lastLength(length), points))
      },
    ),
})

/**
 * `$inverse…(buffer, line, stride, table)`: the inverse of the forward transform times the length. The buffer is
 * worked in; where `half`, only the first half of the line is written.
 */
export const inverseLine = (length: number, half: boolean): LibraryFunction => ({
  name: `$inverse${length}${half ? 'half' : ''}`,
  needs: isSplit(length) ? [inverseLine(length / 4, false)] : [],
  text: (features) =>
    functionText(
      features,
      `inverse${length}${half ? 'half' : ''}`,
      ['buffer', 'line', 'stride', 'table'],
      (w) => {
        if (length <= LONGEST_SMALL) {
          const points = Array.from({ length }, (_, q) => load(w, get('buffer'), q * POINT))
          smallInverse(w, length, points)
            .slice(0, half ? length / 2 : length)
            .forEach((value, q) => store(w, w.let('i32', 'at', lineAddress('line', q)), 0, value))
          return
        }
        if (isSplit(length)) {
          const name = inverseLine(length / 4, false).name
          eachQuarter(w, length, (at, table) => `(call ${name} ${at} ${at} ${i32(POINT)} ${table})`)
        } else {
          lastStage(w, length, (points) => smallInverse(w, lastLength(length), points))
          for (const part of middleLengths(length).toReversed())
            middleStage(w, length, part, (points, factors) => decimateTime(w, points, factors))
        }
        w.loop('j', i32(0), i32(length / 4), i32(1), (j) => {
          const from = w.let('i32', 'from', addI32(get('buffer'), mulI32(j, POINT)))
          const points = [0, 1, 2, 3].map((q) => load(w, from, (q * length * POINT) / 4))
          const made = decimateTime(w, points, twiddles(w, w.let('i32', 'k', mulI32(j, 8))))
          quarters(w, 'line', length, j)
            .slice(0, half ? 2 : 4)
            .forEach((at, q) => made.slice(q, q + 1).forEach((value) => store(w, at, 0, value)))
        })
      },
    ),
})
