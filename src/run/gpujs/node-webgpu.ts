import * as TE from 'fp-ts/lib/TaskEither.js'
import { deviceError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'

/** Gives Node a `navigator.gpu`; browsers have one. */

interface DawnModule {
  readonly create: (options: readonly string[]) => object
  readonly globals: object
}

const isDawn = (module: unknown): module is DawnModule =>
  typeof module === 'object' && module !== null && typeof Reflect.get(module, 'create') === 'function'

const currentGpu = (): object | null => {
  const navigator: unknown = Reflect.get(globalThis, 'navigator')
  const gpu: unknown =
    typeof navigator === 'object' && navigator !== null ? Reflect.get(navigator, 'gpu') : null
  return typeof gpu === 'object' ? gpu : null
}

const install = (dawn: DawnModule): void => {
  Object.assign(globalThis, dawn.globals)
  const value = dawn.create([])
  const navigator: unknown = Reflect.get(globalThis, 'navigator')
  // Node has a navigator of its own from version 21.
  if (typeof navigator === 'object' && navigator !== null) {
    Object.defineProperty(navigator, 'gpu', { value, configurable: true })
  } else {
    Object.defineProperty(globalThis, 'navigator', { value: { gpu: value }, configurable: true })
  }
}

const requestAdapter = async (gpu: object): Promise<unknown> => {
  const request: unknown = Reflect.get(gpu, 'requestAdapter')
  return typeof request === 'function' ? await Reflect.apply(request, gpu, []) : null
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

const withGpu: TE.TaskEither<TensorError, object> = async () => {
  const present = currentGpu()
  if (present !== null) return TE.right(present)()
  // A variable keeps bundlers for the browser from looking for the package.
  const packageName = 'webgpu'
  try {
    const dawn: unknown = await import(/* @vite-ignore */ packageName)
    if (isDawn(dawn)) install(dawn)
  } catch (thrown) {
    return TE.left(
      deviceError({
        where: 'webgpu',
        expected: 'a navigator.gpu, or the package webgpu that brings one to Node',
        found: messageOf(thrown),
        hint: 'npm install webgpu, or choose another target',
      }),
    )()
  }
  const installed = currentGpu()
  return installed !== null
    ? TE.right(installed)()
    : TE.left(
        deviceError({
          where: 'webgpu',
          expected: 'the package webgpu to provide navigator.gpu',
          found: 'a module without create()',
          hint: 'install version 0.6.2 of webgpu',
        }),
      )()
}

/** Succeeds when WebGPU is there and some adapter, hardware or software, answers. */
export const ensureWebgpu: TE.TaskEither<TensorError, void> = async () => {
  const gpu = await withGpu()
  if (gpu._tag === 'Left') return gpu
  const adapter = await requestAdapter(gpu.right)
  return adapter
    ? TE.right(undefined)()
    : TE.left(
        deviceError({
          where: 'webgpu',
          expected: 'a graphics adapter',
          found: 'none: no Vulkan, Metal or Direct3D driver answers',
          hint: 'install a driver, choose another target, or run under scripts/with-software-gpu.mjs',
        }),
      )()
}
