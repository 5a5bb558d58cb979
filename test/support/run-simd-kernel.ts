/** Runs one simd kernel on plain arrays, in one thread, over the ranges given. */
import { setFlagsFromString } from 'node:v8'
import loadWabt from 'wabt'
import type { Features, SimdKernel } from '../../kernels/simd/kernel.js'
import { TEXT_FEATURES } from '../../src/run/simd/assemble.js'
import type { WasmModule } from '../../src/run/simd/webassembly.js'
import { webAssembly } from '../../src/run/simd/webassembly.js'

// Node 20 has relaxed SIMD behind a flag that must be set before anything is compiled.
setFlagsFromString('--experimental-wasm-relaxed-simd')

const wabt = await loadWabt()

/** Both ways to write kernels; the first is the faster. */
export const FEATURES: readonly Features[] = [
  { relaxed: true, shared: true },
  { relaxed: false, shared: false },
]

const engine = webAssembly()

const compiled = (kernel: SimdKernel): WasmModule => {
  const parsed = wabt.parseWat(`${kernel.name}.wat`, kernel.text, TEXT_FEATURES)
  const { buffer } = parsed.toBinary({})
  parsed.destroy()
  return new engine.Module(new Uint8Array(buffer))
}

const PAGE = 65_536
/** What a kernel may read beyond an operand, and bytes that it must leave alone before and behind the output. */
const SLACK = 64
/** NaN, so that what is read beyond an operand and used is seen. */
const UNTOUCHED = Number.NaN

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64 + 2 * SLACK

export interface SimdRun {
  readonly output: Float32Array
  /** Whether the elements around the output are as they were. */
  readonly isTidy: boolean
}

/** Runs all units in calls of `step` units, in order of the ranges reversed where `backwards`. */
export const runSimdKernel = (
  kernel: SimdKernel,
  features: Features,
  length: number,
  inputs: readonly Float32Array[],
  { step = kernel.units, backwards = false }: { readonly step?: number; readonly backwards?: boolean } = {},
): SimdRun => {
  let end = SLACK
  const place = (bytes: number): number => {
    const at = end
    end += aligned(bytes)
    return at
  }
  const out = place(4 * length)
  const addresses = inputs.map((values) => place(4 * values.length))
  const scratch = place(kernel.scratchBytes)
  const pages = Math.ceil(end / PAGE) + 1
  const memory = new engine.Memory({ initial: pages, maximum: 65_536, shared: features.shared })
  const all = new Float32Array(memory.buffer)
  all.fill(UNTOUCHED)
  inputs.forEach((values, i) => all.set(values, (addresses[i] ?? 0) / 4))
  const { exports } = new engine.Instance(compiled(kernel), { env: { memory } })
  const starts = Array.from({ length: Math.ceil(kernel.units / Math.max(step, 1)) }, (_, i) => i * step)
  for (const begin of backwards ? starts.toReversed() : starts)
    exports['run']?.(begin, Math.min(begin + step, kernel.units), scratch, out, ...addresses)
  const around = [...all.slice(out / 4 - 16, out / 4), ...all.slice(out / 4 + length, out / 4 + length + 16)]
  return { output: all.slice(out / 4, out / 4 + length), isTidy: around.every(Number.isNaN) }
}
