/** What the engine offers: relaxed SIMD, memory that threads share, and whether this thread may sleep. */
import type { Features } from '../../../kernels/simd/kernel.js'
import { machineThreads } from '../machine-threads.js'
import { webAssembly } from './webassembly.js'

export interface Engine {
  readonly features: Features
  readonly threads: number
  /** False in the main thread of a page, where waiting is not allowed. */
  readonly canSleep: boolean
  /** One line for people, such as `simd, 2 threads, relaxed multiply-add`. */
  readonly description: string
}

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const V128 = 0x7b
/** (module (func (param v128 v128 v128) (result v128) local.get 0, local.get 1, …, instruction)) */
const vectorModule = (operands: number, instruction: readonly number[]): Uint8Array => {
  const type = [1, 0x60, 3, V128, V128, V128, 1, V128]
  const body = [0, ...Array.from({ length: operands }, (_, i) => [0x20, i]).flat(), ...instruction, 0x0b]
  const code = [1, body.length, ...body]
  return Uint8Array.of(...HEADER, 1, type.length, ...type, 3, 2, 1, 0, 10, code.length, ...code)
}

const PLAIN = vectorModule(2, [0xfd, 0xe4, 0x01])
const RELAXED = vectorModule(3, [0xfd, 0x85, 0x02])
/** (module (memory 1 1 shared)) */
const SHARED = Uint8Array.of(...HEADER, 5, 4, 1, 3, 1, 1)

const hasRelaxed = (): boolean => {
  const { validate } = webAssembly()
  if (validate(RELAXED)) return true
  if (typeof process === 'undefined') return false
  // Node 20 has it behind a flag, which counts for what is compiled from now on.
  process.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd')
  return validate(RELAXED)
}

/** Why threads cannot share a memory here; null where they can. */
const whyNotShared = (): string | null => {
  if (Reflect.get(globalThis, 'crossOriginIsolated') === false) return 'the page is not cross-origin isolated'
  if (typeof SharedArrayBuffer === 'undefined') return 'the engine has no shared memory'
  return webAssembly().validate(SHARED) ? null : 'the engine has no shared WebAssembly memory'
}

/** A wait that need not wait: throws where waiting is not allowed. */
const maySleep = (): boolean => {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0)
    return true
  } catch {
    return false
  }
}

/** null where there is no WebAssembly with 128-bit vectors. */
export const detectEngine = (wantedThreads: number | undefined): Engine | null => {
  if (Reflect.get(globalThis, 'WebAssembly') === undefined || !webAssembly().validate(PLAIN)) return null
  const relaxed = hasRelaxed()
  const wanted = wantedThreads ?? machineThreads()
  const reason = wanted > 1 ? whyNotShared() : null
  const threads = reason === null ? wanted : 1
  const shared = threads > 1
  const threadsText = `${threads} ${threads === 1 ? 'thread' : 'threads'}${reason === null ? '' : ` (${reason})`}`
  return {
    features: { relaxed, shared },
    threads,
    canSleep: shared && maySleep(),
    description: `simd, ${threadsText}, ${relaxed ? 'relaxed multiply-add' : 'separate multiply and add'}`,
  }
}
