/** A program in its region of the memory: table of addresses, constants, state. */
import type { SimdProgram } from '../../compile/simd/program.js'
import type { Execution } from '../loaded.js'
import type { DeviceMemory } from './memory.js'

const BYTES = 4

/** Bytes of a program's region. */
export const regionBytes = ({ tableBytes, arenaBytes, scratchBytes }: SimdProgram, threads: number): number =>
  tableBytes + arenaBytes + scratchBytes * threads

/** The table and what is read before it is written: constants, and zeros for all that the caller sees. */
const prepare = (memory: DeviceMemory, program: SimdProgram, base: number): void => {
  const { buffers, constants, tableBytes } = program
  const arena = base + tableBytes
  const table = memory.words(base, buffers.length)
  buffers.forEach(({ offset, length, role }, i) => {
    table[i] = arena + offset
    if (role === 'input' || role === 'output') memory.floats(arena + offset, length).fill(0)
  })
  for (const [buffer, values] of constants)
    memory.floats(arena + (buffers[buffer]?.offset ?? 0), values.length).set(values)
}

/** A prepared program; `run` runs it once on all its threads. */
export const openExecution = (
  memory: DeviceMemory,
  program: SimdProgram,
  base: number,
  run: () => void,
  release: () => void,
): Execution => {
  prepare(memory, program, base)
  const carried = new Map(program.carries)
  const view = (buffer: number): Float32Array => {
    const stored = carried.get(buffer) ?? buffer
    const address = (memory.words(base + BYTES * stored, 1)[0] ?? 0) >>> 0
    return memory.floats(address, program.buffers[buffer]?.length ?? 0)
  }
  const swap = (): void => {
    const table = memory.words(base, program.buffers.length)
    for (const [output, input] of program.carries) {
      const kept = table[output] ?? 0
      table[output] = table[input] ?? 0
      table[input] = kept
    }
  }
  return {
    write: (buffer, values) => view(buffer).set(values),
    run: () => {
      const start = performance.now()
      run()
      const spent = performance.now() - start
      swap()
      return Promise.resolve(spent)
    },
    read: (buffer) => Promise.resolve(view(buffer).slice()),
    destroy: release,
  }
}
