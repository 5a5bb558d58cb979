/** A kernel of the `simd` target: a WebAssembly module as text, and what its caller must know of it. */

/** What the engine offers, and with it the text that may be used. */
export interface Features {
  /** `f32x4.relaxed_madd`: one rounding, or two where the machine has no fused multiply-add. */
  readonly relaxed: boolean
  /** The memory is shared between threads; kernels must say so where they import it. */
  readonly shared: boolean
}

/**
 * `run(begin, end, scratch, output, input0, input1, …)`, all i32, does units `begin` to `end` of the work. It may be
 * called for any disjoint ranges in any order, by several threads at once. Addresses are in bytes and aligned to 16.
 * Loads may reach 64 bytes beyond the end of an operand, where whatever lies is readable; stores may not leave
 * the elements of the range.
 */
export interface SimdKernel {
  readonly name: string
  /** The module: imports `env.memory`, exports `run`. Equal texts are one kernel. */
  readonly text: string
  readonly units: number
  /**
   * Unit u makes exactly the elements from u · length / units on of the output, and reads of an operand nothing else than
   * its expressions say, so that kernels over the same rows can run row by row. Otherwise a unit is any part of the work.
   */
  readonly rowwise: boolean
  /** Units a call should have at least, to be worth what it prepares. */
  readonly grain: number
  /** Bytes of memory of its own that a call works in. */
  readonly scratchBytes: number
  /** Where a cost model chose among algorithms: what it expected of each, and so which. */
  readonly reason?: string
}
