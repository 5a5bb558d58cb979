/** What a training run tells of itself: plain data, in this order: start, compile…, step…, evaluate…, end. */

/** The run is about to begin. */
export interface StartEvent {
  readonly _tag: 'start'
  readonly device: string
  /** Numbers that are trained. */
  readonly parameters: number
  /** Floating-point operations of the forward pass of one image; a multiply-add counts as two. */
  readonly flopsPerImage: number
  /** Planned peak memory of a training step, in bytes. */
  readonly peakBytes: number
  /** Kernels launched in a training step. */
  readonly launchesPerStep: number
  readonly trainImages: number
  readonly testImages: number
  readonly steps: number
  /** Images a step. */
  readonly batch: number
  readonly seed: number
}

/** A program has been compiled. */
export interface CompileEvent {
  readonly _tag: 'compile'
  /** What was compiled, such as `training step`. */
  readonly what: string
  readonly seconds: number
}

/** A step is done. */
export interface StepEvent {
  readonly _tag: 'step'
  /** Steps done so far: 1 after the first. */
  readonly step: number
  readonly steps: number
  readonly loss: number
  readonly learningRate: number
  readonly imagesPerSecond: number
  readonly secondsLeft: number
  /** Euclidean norm of all gradients, before clipping. */
  readonly gradientNorm: number
}

/** Some of the test images have been classified. */
export interface EvaluateEvent {
  readonly _tag: 'evaluate'
  readonly done: number
  readonly total: number
}

/** The run is over. */
export interface EndEvent {
  readonly _tag: 'end'
  /** Fraction of the test images that were right; null when the run was interrupted before the test. */
  readonly testAccuracy: number | null
  /** Mean loss over the test images; null when the run was interrupted before the test. */
  readonly testLoss: number | null
  /** From start to end. */
  readonly seconds: number
  /** Spent in training steps. */
  readonly trainSeconds: number
  /** Of those, spent in kernels; the rest is launching, batches and waiting. */
  readonly kernelSeconds: number
  readonly stopped: 'finished' | 'interrupted'
  readonly device: string
  /** Steps done. */
  readonly steps: number
}

export type TrainingEvent = StartEvent | CompileEvent | StepEvent | EvaluateEvent | EndEvent
