/**
 * The part of the WebAssembly JavaScript interface that is used, so that no browser's type library is needed to
 * compile. Names and meanings are those of the W3C specification.
 */

export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer
  /** Adds pages of 64 KiB; gives how many there were. Throws RangeError where the engine has no more. */
  readonly grow: (pages: number) => number
}

export interface WasmModule {
  readonly [Symbol.toStringTag]: string
}

export interface WasmGlobal {
  readonly value: number
}

export type WasmImports = Readonly<
  Record<string, Readonly<Record<string, WasmMemory | WasmGlobal | number | WasmFunction>>>
>
export type WasmFunction = (...args: readonly number[]) => number | undefined

export interface WasmInstance {
  readonly exports: Readonly<Record<string, WasmFunction>>
}

export interface WebAssemblyApi {
  readonly Memory: new (descriptor: {
    readonly initial: number
    readonly maximum: number
    readonly shared: boolean
  }) => WasmMemory
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance
  readonly validate: (bytes: Uint8Array) => boolean
  readonly compile: (bytes: Uint8Array) => Promise<WasmModule>
}

/** The engine's WebAssembly, which every supported engine has. */
export const webAssembly = (): WebAssemblyApi => Reflect.get(globalThis, 'WebAssembly') as WebAssemblyApi
