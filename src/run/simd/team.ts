/** The pool of a device from when a program first needs it, and which modules its workers have. */
import { messageOf } from '../loaded.js'
import type { LoadedKernel } from './kernel-cache.js'
import type { DeviceMemory } from './memory.js'
import type { Pool, PoolOptions } from './pool.js'
import { openPool } from './pool.js'
import type { Schedule } from './protocol.js'
import type { WasmModule } from './webassembly.js'

interface SharedProgram {
  readonly schedule: WasmModule
  /** By number in the program. */
  readonly kernels: readonly LoadedKernel[]
  readonly globals: Schedule['globals']
}

export interface Team {
  /** Gives all workers a program; `main` is the part of this thread. Rejects where a worker cannot. */
  readonly open: (
    program: SharedProgram,
    main: () => void,
  ) => Promise<{ readonly run: () => void; readonly forget: () => void }>
  /** After a run threw: why. */
  readonly reason: (thrown: unknown) => Promise<string>
  readonly close: () => Promise<void>
}

export const openTeam = (memory: DeviceMemory, options: PoolOptions): Team => {
  let pool: Pool | null = null
  let nextProgram = 1
  let forgotten: readonly number[] = []
  const sent = new Set<number>()
  return {
    open: async ({ schedule, kernels, globals }, main) => {
      pool ??= openPool(memory, options)
      const workers = pool
      const program = nextProgram++
      const missing = [...new Set(kernels)].filter(({ number }) => !sent.has(number))
      const forget = forgotten
      forgotten = []
      for (const { number } of missing) sent.add(number)
      await workers.load({
        kind: 'load',
        kernels: missing.map(({ number, module }) => [number, module]),
        schedule: {
          program,
          module: schedule,
          kernels: kernels.map(({ number }, local) => [local, number]),
          globals,
        },
        forget,
      })
      return {
        run: () => workers.run(program, main),
        forget: () => {
          // None may still be on its way out of the program's last step.
          workers.settle()
          forgotten = [...forgotten, program]
        },
      }
    },
    reason: (thrown) => pool?.reason(thrown) ?? Promise.resolve(messageOf(thrown)),
    close: () => pool?.close() ?? Promise.resolve(),
  }
}
