/**
 * The part of the WebGPU interface that the driver uses, so that neither a browser's type library nor a package
 * of types is needed to compile. Names and meanings are those of the W3C specification.
 */

export interface GpuBuffer {
  readonly size: number
  readonly mapAsync: (mode: number, offset?: number, size?: number) => Promise<void>
  readonly getMappedRange: (offset?: number, size?: number) => ArrayBuffer
  readonly unmap: () => void
  readonly destroy: () => void
}

export interface GpuBindGroup {
  readonly label?: string
}
export interface GpuBindGroupLayout {
  readonly label?: string
}
export interface GpuComputePipeline {
  readonly label?: string
}
export interface GpuCommandBuffer {
  readonly label?: string
}

export interface GpuComputePass {
  readonly setPipeline: (pipeline: GpuComputePipeline) => void
  readonly setBindGroup: (index: number, group: GpuBindGroup) => void
  readonly dispatchWorkgroups: (x: number, y?: number, z?: number) => void
  readonly end: () => void
}

export interface GpuCommandEncoder {
  readonly beginComputePass: () => GpuComputePass
  readonly copyBufferToBuffer: (
    from: GpuBuffer,
    fromOffset: number,
    to: GpuBuffer,
    toOffset: number,
    size: number,
  ) => void
  readonly finish: () => GpuCommandBuffer
}

export interface GpuQueue {
  readonly writeBuffer: (buffer: GpuBuffer, offset: number, data: Float32Array | Uint32Array) => void
  readonly submit: (commands: readonly GpuCommandBuffer[]) => void
  readonly onSubmittedWorkDone: () => Promise<void>
}

export interface GpuLimits {
  readonly maxStorageBufferBindingSize: number
  readonly maxBufferSize: number
  readonly maxComputeWorkgroupsPerDimension: number
  readonly maxStorageBuffersPerShaderStage: number
}

export interface GpuDevice {
  readonly limits: GpuLimits
  readonly queue: GpuQueue
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>
  readonly createBuffer: (descriptor: { readonly size: number; readonly usage: number }) => GpuBuffer
  readonly createBindGroup: (descriptor: {
    readonly layout: GpuBindGroupLayout
    readonly entries: readonly {
      readonly binding: number
      readonly resource: { readonly buffer: GpuBuffer }
    }[]
  }) => GpuBindGroup
  readonly createCommandEncoder: () => GpuCommandEncoder
  readonly pushErrorScope: (filter: 'validation' | 'out-of-memory') => void
  readonly popErrorScope: () => Promise<{ readonly message: string } | null>
  readonly destroy: () => void
}

export interface GpuAdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly device: string
  readonly description: string
  readonly isFallbackAdapter?: boolean
}

export interface GpuAdapter {
  readonly info: GpuAdapterInfo
}

/** Values fixed by the specification; the constants are globals only where WebGPU is. */
export const USAGE = {
  mapRead: 0x1,
  copySource: 0x4,
  copyDestination: 0x8,
  uniform: 0x40,
  storage: 0x80,
} as const
export const MAP_READ = 0x1
