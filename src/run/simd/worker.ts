/** One worker, as Node or as a page has them. A worker does not keep a process from ending, but where it is awaited. */
import { messageOf } from '../loaded.js'
import type { FromWorker, ToWorker } from './protocol.js'

export interface Worker {
  readonly post: (message: ToWorker) => void
  /** While true, the process does not end. */
  readonly hold: (isHeld: boolean) => void
  readonly terminate: () => Promise<void>
}

export interface WorkerEvents {
  readonly onMessage: (message: FromWorker) => void
  /** The worker ended, or could not begin. */
  readonly onError: (error: string) => void
}

const nodeWorker = (source: string, { onMessage, onError }: WorkerEvents): Worker => {
  const { Worker: NodeWorker } = process.getBuiltinModule('node:worker_threads')
  // Without the options of the process, which may load much that a worker does not need.
  const worker = new NodeWorker(source, { eval: true, execArgv: [] })
  let isOver = false
  worker.on('message', (message: FromWorker) => onMessage(message))
  worker.on('error', (error) => onError(messageOf(error)))
  worker.on('exit', (code) => {
    if (!isOver) onError(`a worker that ended with code ${code}`)
  })
  worker.unref()
  return {
    post: (message) => worker.postMessage(message),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    terminate: async () => {
      isOver = true
      await worker.terminate()
    },
  }
}

/** A page's worker, as far as it is used; no browser's type library is needed to compile. */
interface PageWorker {
  onmessage: (event: { readonly data: FromWorker }) => void
  onerror: (event: { readonly message?: string }) => void
  readonly postMessage: (message: ToWorker) => void
  readonly terminate: () => void
}
type PageWorkerConstructor = new (url: string) => PageWorker

const pageWorker = (
  Constructor: PageWorkerConstructor,
  source: string,
  { onMessage, onError }: WorkerEvents,
): Worker => {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  const worker = new Constructor(url)
  worker.onmessage = ({ data }) => onMessage(data)
  worker.onerror = ({ message }) => onError(message ?? 'a worker that could not begin')
  return {
    post: (message) => worker.postMessage(message),
    hold: () => undefined,
    terminate: () => {
      worker.terminate()
      URL.revokeObjectURL(url)
      return Promise.resolve()
    },
  }
}

const isNode = (): boolean =>
  Reflect.get(globalThis, 'Worker') === undefined && typeof process !== 'undefined'

export const startWorker = (source: string, events: WorkerEvents): Worker =>
  isNode()
    ? nodeWorker(source, events)
    : pageWorker(Reflect.get(globalThis, 'Worker') as PageWorkerConstructor, source, events)
