/**
 * Tables of e^(−2πi k / length) for k below three quarters of the length: real and imaginary parts in float32. Short
 * ones are data of the module; long ones are products, in float64, of two short tables that are.
 */
import { functionText } from './fourier-butterfly.js'
import type { LibraryFunction, Writer } from './writer.js'
import { addI32, i32 } from './writer.js'

/** Bytes of the table of one length. */
export const tableBytes = (length: number): number => 6 * length

/** Lengths up to which a table is data. */
const WHOLE = 1024
/** Angles of the finer of the two short tables. */
const FINE = 64

/** Quarters of a turn are exact. */
const turn = (k: number, length: number): readonly [cos: number, sin: number] => {
  const quarter = length / 4
  const q = (k / quarter) % 4
  if (Number.isInteger(q)) return [[1, 0, -1, 0][q] ?? 1, [0, -1, 0, 1][q] ?? 0]
  const angle = (2 * Math.PI * k) / length
  return [Math.cos(angle), -Math.sin(angle)]
}

const turns = (count: number, step: number, length: number): readonly number[] =>
  Array.from({ length: count }, (_, k) => turn(k * step, length)).flat()

/** Bytes as the text of a string. */
const quoted = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\${byte.toString(16).padStart(2, '0')}`,
  ).join('')

const coarseCount = (length: number): number => (3 * length) / 4 / FINE

/** Little-endian, as the memory is. */
const bytesOf = (length: number): Uint8Array => {
  const isWhole = length <= WHOLE
  const numbers = isWhole
    ? turns((3 * length) / 4, 1, length)
    : [...turns(coarseCount(length), FINE, length), ...turns(FINE, 1, length)]
  const view = new DataView(new ArrayBuffer(numbers.length * (isWhole ? 4 : 8)))
  numbers.forEach((x, i) => (isWhole ? view.setFloat32(4 * i, x, true) : view.setFloat64(8 * i, x, true)))
  return new Uint8Array(view.buffer)
}

const tableData = (length: number): LibraryFunction => ({
  name: `$turns${length}`,
  text: () => `  (data $turns${length} "${quoted(bytesOf(length))}")`,
  needs: [],
})

/** `$products(table, end, coarse, fine)`: each coarse angle plus each fine one; a product of (c, s) and (d, t) each. */
const products: LibraryFunction = {
  name: '$products',
  needs: [],
  text: (features) =>
    functionText(features, 'products', ['to', 'coarse', 'fine', 'end'], (w) => {
      w.loop('a', '(local.get $coarse)', '(local.get $fine)', i32(16), (a) => {
        const coarse = w.let('v128', 'c', `(v128.load ${a})`)
        // (−s, c)
        const swapped = `(i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 ${coarse} ${coarse})`
        const turned = w.let('v128', 't', `(f64x2.mul ${swapped} (v128.const f64x2 -1 1))`)
        w.loop('b', '(local.get $fine)', '(local.get $end)', i32(16), (b) => {
          const real = `(f64x2.mul ${coarse} (v128.load64_splat ${b}))`
          const product = `(f64x2.add ${real} (f64x2.mul ${turned} (v128.load64_splat offset=8 ${b})))`
          w.line(`(v128.store64_lane 0 (local.get $to) (f32x4.demote_f64x2_zero ${product}))`)
          w.line(`(local.set $to (i32.add (local.get $to) ${i32(8)}))`)
        })
      })
    }),
}

/** Writes the table of one length at an address; a long one works in the memory at `work`, 17 bytes a point. */
export const writeTable = (w: Writer, length: number, at: string, work: string): void => {
  const isWhole = length <= WHOLE
  const bytes = bytesOf(length).byteLength
  w.line(`(memory.init ${w.use(tableData(length))} ${isWhole ? at : work} ${i32(0)} ${i32(bytes)})`)
  if (isWhole) return
  const fine = addI32(work, i32(16 * coarseCount(length)))
  w.line(`(call ${w.use(products)} ${at} ${work} ${fine} ${addI32(work, i32(bytes))})`)
}
