/**
 * The threads of a device. This one is thread 0; the others are workers that wait for commands in the shared memory,
 * spinning for a while and then asleep, so that a run needs no message. For what does need one, a new program, they
 * are sent back to their event loop.
 */
import { messageOf } from '../loaded.js'
import type { DeviceMemory } from './memory.js'
import type { FromWorker, ToWorker } from './protocol.js'
import { LISTEN, WORDS, WORD_COUNT } from './protocol.js'
import type { Worker } from './worker.js'
import { startWorker } from './worker.js'
import { workerSource } from './worker-source.js'

export interface Pool {
  /** Resolves when every worker can run the program; rejects with the first reason why one cannot. */
  readonly load: (message: Extract<ToWorker, { kind: 'load' }>) => Promise<void>
  /** Runs a program on all threads; `main` is the part of this one. Throws if this one traps. */
  readonly run: (program: number, main: () => void) => void
  /** Returns when no worker is at work. */
  readonly settle: () => void
  /** After `run` threw: the thread that failed first and why. */
  readonly reason: (thrown: unknown) => Promise<string>
  readonly close: () => Promise<void>
}

export interface PoolOptions {
  readonly threads: number
  /** Turns a worker waits awake for the next command. */
  readonly spins: number
  readonly canSleep: boolean
  /** A worker ended that should not have. */
  readonly onLost: (error: string) => void
}

/** Milliseconds for the message of a worker that failed. */
const LAST_WORDS_MS = 500

export const openPool = (memory: DeviceMemory, { threads, spins, canSleep, onLost }: PoolOptions): Pool => {
  const words = memory.words(0, WORD_COUNT)
  const failures = new Map<number, string>()
  const waiting = new Map<number, { left: number; readonly settle: (error: string | null) => void }>()
  let isServing = false
  let onFailure = (): void => undefined

  const lose = (error: string): void => {
    for (const { settle } of waiting.values()) settle(error)
    onLost(error)
  }
  const receive = (message: FromWorker): void => {
    if (message.kind === 'failed') {
      failures.set(message.thread, message.error)
      onFailure()
      return
    }
    const load = waiting.get(message.program)
    if (load === undefined) return
    load.left -= 1
    if (message.error !== null || load.left === 0) load.settle(message.error)
  }
  const workers: readonly Worker[] = Array.from({ length: threads - 1 }, (_, i) => {
    const worker = startWorker(workerSource, { onMessage: receive, onError: lose })
    worker.post({ kind: 'start', thread: i + 1, memory: memory.memory, spins })
    return worker
  })

  // As if they had done a command before the first.
  Atomics.store(words, WORDS.done, workers.length)
  /** Returns when all workers have done the last command, so that none can miss the next. */
  const settle = (): void => {
    for (let turn = 0; ; turn++) {
      const done = Atomics.load(words, WORDS.done)
      if (Atomics.load(words, WORDS.failed) !== 0) throw new Error('a thread failed')
      if (done === workers.length) return
      if (canSleep && turn > spins) Atomics.wait(words, WORDS.done, done)
    }
  }
  const command = (program: number): void => {
    settle()
    Atomics.store(words, WORDS.done, 0)
    Atomics.store(words, WORDS.program, program)
    Atomics.add(words, WORDS.command, 1)
    if (Atomics.load(words, WORDS.sleeping) > 0) Atomics.notify(words, WORDS.command)
  }
  const listen = (): void => {
    if (isServing) command(LISTEN)
    isServing = false
  }
  const serve = (): void => {
    if (isServing) return
    settle()
    for (const worker of workers) worker.post({ kind: 'serve', command: Atomics.load(words, WORDS.command) })
    isServing = true
  }

  return {
    load: async (message) => {
      listen()
      const { program } = message.schedule
      try {
        for (const worker of workers) worker.hold(true)
        const error = await new Promise<string | null>((resolve) => {
          waiting.set(program, { left: workers.length, settle: resolve })
          for (const worker of workers) worker.post(message)
        })
        if (error !== null) throw new Error(error)
      } finally {
        waiting.delete(program)
        if (waiting.size === 0) for (const worker of workers) worker.hold(false)
      }
    },
    run: (program, main) => {
      serve()
      command(program)
      try {
        main()
      } catch (thrown) {
        Atomics.compareExchange(words, WORDS.failed, 0, 1)
        Atomics.add(words, WORDS.meeting, 1)
        Atomics.notify(words, WORDS.meeting)
        throw thrown
      }
    },
    settle,
    reason: async (thrown) => {
      const thread = Atomics.load(words, WORDS.failed) - 1
      if (thread < 1) return messageOf(thrown)
      if (!failures.has(thread))
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LAST_WORDS_MS)
          onFailure = () => {
            if (!failures.has(thread)) return
            clearTimeout(timer)
            resolve()
          }
        })
      return failures.get(thread) ?? messageOf(thrown)
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
