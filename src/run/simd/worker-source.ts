/** What a worker runs, as text: the same in Node's worker threads and in a page's workers. */
import { LISTEN, WORDS, WORD_COUNT } from './protocol.js'

export const workerSource = `'use strict'
const port = typeof require === 'function' ? require('node:worker_threads').parentPort : self
const kernels = new Map()
const schedules = new Map()
let thread = 0
let memory = null
let words = null
let spins = 0

const start = (message) => {
  ;({ thread, memory, spins } = message)
  words = new Int32Array(memory.buffer, 0, ${WORD_COUNT})
}

const load = ({ kernels: added, schedule, forget }) => {
  for (const program of forget) schedules.delete(program)
  for (const [number, module] of added)
    kernels.set(number, new WebAssembly.Instance(module, { env: { memory } }).exports.run)
  const kernel = Object.fromEntries(schedule.kernels.map(([local, number]) => [local, kernels.get(number)]))
  const { run } = new WebAssembly.Instance(schedule.module, { env: { memory, ...schedule.globals }, kernel }).exports
  schedules.set(schedule.program, run)
}

// Spins, then sleeps, until there is a command after the one given.
const nextCommand = (last) => {
  for (let i = 0; i < spins; i++) {
    const command = Atomics.load(words, ${WORDS.command})
    if (command !== last) return command
  }
  Atomics.add(words, ${WORDS.sleeping}, 1)
  while (Atomics.load(words, ${WORDS.command}) === last) Atomics.wait(words, ${WORDS.command}, last)
  Atomics.sub(words, ${WORDS.sleeping}, 1)
  return Atomics.load(words, ${WORDS.command})
}

const serve = (last) => {
  for (;;) {
    last = nextCommand(last)
    const program = Atomics.load(words, ${WORDS.program})
    if (program !== ${LISTEN}) schedules.get(program)(thread)
    Atomics.add(words, ${WORDS.done}, 1)
    Atomics.notify(words, ${WORDS.done})
    if (program === ${LISTEN}) return
  }
}

// The others wait at a barrier for this thread: they are freed, and trap.
const fail = (error) => {
  Atomics.compareExchange(words, ${WORDS.failed}, 0, thread + 1)
  Atomics.add(words, ${WORDS.meeting}, 1)
  Atomics.notify(words, ${WORDS.meeting})
  Atomics.add(words, ${WORDS.done}, 1)
  Atomics.notify(words, ${WORDS.done})
  port.postMessage({ kind: 'failed', thread, error: String(error) })
}

const receive = (message) => {
  if (message.kind === 'start') start(message)
  if (message.kind === 'load') {
    let error = null
    try {
      load(message)
    } catch (thrown) {
      error = String(thrown)
    }
    port.postMessage({ kind: 'loaded', program: message.schedule.program, error })
  }
  if (message.kind === 'serve') {
    try {
      serve(message.command)
    } catch (thrown) {
      fail(thrown)
    }
  }
}

if (typeof require === 'function') port.on('message', receive)
else port.onmessage = ({ data }) => receive(data)
`
