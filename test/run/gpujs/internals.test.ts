import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { KernelSource } from '../../../src/compile/program.js'
import {
  GPUJS_VERSION,
  InternalsChanged,
  acquireWebgpu,
  buildCalledKernel,
  buildWasmKernel,
  buildWebgpuKernel,
  createGpu,
  createWorkerPool,
} from '../../../src/run/gpujs/internals.js'
import { withDevice } from '../../support/gpu-environment.js'

const double: KernelSource = {
  name: 'double',
  source: 'function (in0) { return in0[this.thread.x] * 2; }',
  threads: [20_000, 1, 1],
  inputs: [20_000],
}

const versionIn = (file: string, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    JSON.parse(readFileSync(file, 'utf8')),
  )

describe('the private members of gpu.js', () => {
  it('are those of the version that was read, and no other is allowed', () => {
    const require = createRequire(import.meta.url)
    expect(versionIn(require.resolve('gpu.js/package.json'), 'version')).toBe(GPUJS_VERSION)
    const own = join(import.meta.dirname, '..', '..', '..', 'package.json')
    expect(versionIn(own, 'dependencies', 'gpu.js')).toBe(GPUJS_VERSION)
  })

  it('give a WebAssembly kernel’s memory', async () => {
    const gpu = createGpu('webasm')
    const kernel = buildWasmKernel(gpu, double, false)
    expect(kernel.runThreaded).toBeNull()
    kernel.memory.fill(1.5, kernel.inputs[0], (kernel.inputs[0] ?? 0) + 20_000)
    kernel.run()
    expect(kernel.memory.subarray(kernel.output, kernel.output + 20_000).every((value) => value === 3)).toBe(
      true,
    )
    await gpu.destroy()
  })

  it('give its threads', async () => {
    const gpu = createGpu('webasm')
    const pool = await createWorkerPool(gpu, 2)
    expect(pool.size).toBe(2)
    const kernel = buildWasmKernel(gpu, double, true)
    kernel.memory.fill(2, kernel.inputs[0], (kernel.inputs[0] ?? 0) + 20_000)
    expect(kernel.runThreaded).not.toBeNull()
    await kernel.runThreaded?.(pool)
    expect(kernel.memory.subarray(kernel.output, kernel.output + 20_000).every((value) => value === 4)).toBe(
      true,
    )
    pool.destroy()
    await gpu.destroy()
  })

  it('give a WebGPU kernel’s pipeline', () =>
    withDevice('webgpu', async () => {
      const { device, adapter } = await acquireWebgpu()
      expect(adapter.info.vendor).toEqual(expect.any(String))
      const gpu = createGpu('webgpu')
      const kernel = await buildWebgpuKernel(gpu, device, double)
      expect(kernel.groups).toEqual([Math.ceil(20_000 / 64), 1, 1])
      expect(kernel.parameters.size).toBeGreaterThanOrEqual(32)
      kernel.destroy()
      await gpu.destroy()
    }))

  it('are missed by name', () => {
    expect(new InternalsChanged('_active.f32', undefined).message).toContain('_active.f32')
    expect(new InternalsChanged('_active.f32', undefined).message).toContain(GPUJS_VERSION)
  })

  it('tell when another back end took the kernel', () => {
    const kernel = buildCalledKernel(createGpu('cpu'), 'webgl2', double)
    expect(() => kernel.run([new Float32Array(20_000)], new Float32Array(20_000))).toThrow(
      /to cpu instead of webgl2/,
    )
  })
})
