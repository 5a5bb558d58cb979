/**
 * The schedule of a program as WebAssembly text: one function that every thread calls once a run. Threads take chunks
 * of a launch from both of its ends until none is left, and wait for each other before the next: so each thread
 * works on much the same rows as before, which it may still have in its cache, and none waits for a slow one long.
 */
import { barrier } from '../../../kernels/simd/barrier.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import { addI32, get, i32, memoryImport, mulI32 } from '../../../kernels/simd/writer.js'
import type { Call, Operand, SimdCopy, SimdLaunch, SimdRepeat, SimdStep } from './program.js'

const BYTES = 4
/** Where in `control` two counters of chunks lie. Launches take turns, so that one is reset while the other is used. */
const [FIRST_COUNTER, OTHER_COUNTER] = [32, 40]
/** Chunks a launch has at most: a word of the counter holds those taken from the front below, those from the back above. */
export const MOST_CHUNKS = 32_768
/** Elements one thread copies alone; more are copied in chunks of as many. */
const COPY_CHUNK = 16_384

const nested = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)

const address = (buffer: number): string => `(i32.load offset=${BYTES * buffer} (global.get $base))`

/** The address of an operand such that what belongs to unit `begin` is where its elements of that unit are. */
const operandText = (operand: Operand): string =>
  operand.kind === 'buffer'
    ? address(operand.buffer)
    : `(i32.sub ${addI32(get('$scratch'), i32(operand.offset))} ${mulI32(get('$begin'), operand.unitBytes)})`

const callText =
  (scratchOffset: number) =>
  ({ kernel, ratio, output, inputs }: Call): string => {
    const range = `${mulI32(get('$begin'), ratio)} ${mulI32(get('$end'), ratio)}`
    const operands = [output, ...inputs].map(operandText).join(' ')
    return `(call $kernel${kernel} ${range} ${addI32(get('$scratch'), i32(scratchOffset))} ${operands})`
  }

/** `body` over units $begin to $end, until all units are done by some thread. */
const inChunks = (units: number, wanted: number, body: readonly string[]): readonly string[] => {
  const grain = Math.max(wanted, Math.ceil(units / MOST_CHUNKS))
  return [
    '(block $done (loop $more',
    ...nested([
      `(local.set $chunk (call $take ${i32(Math.ceil(units / grain))}))`,
      `(br_if $done (i32.lt_s ${get('$chunk')} (i32.const 0)))`,
      `(local.set $begin ${mulI32(get('$chunk'), grain)})`,
      `(local.set $end (call $least (i32.add ${get('$begin')} ${i32(grain)}) ${i32(units)}))`,
      ...body,
      '(br $more)))',
    ]),
    '(call $meet)',
  ]
}

const launchText = (launch: SimdLaunch): readonly string[] => [
  `;; ${launch.name}: ${launch.units} units by ${launch.grain}`,
  ...inChunks(launch.units, launch.grain, launch.calls.map(callText(launch.scratchOffset))),
]

const isSingleChunk = ({ units, grain }: SimdLaunch): boolean => units <= grain

/** Launches of one chunk each, all done by the first thread while the others wait at one barrier. */
const serialText = (launches: readonly SimdLaunch[]): readonly string[] => [
  '(if (i32.eqz (global.get $thread)) (then',
  ...nested(
    launches.flatMap(({ name, units, calls, scratchOffset }) => [
      `;; ${name}: ${units} units`,
      `(local.set $begin ${i32(0)})`,
      `(local.set $end ${i32(units)})`,
      ...calls.map(callText(scratchOffset)),
    ]),
  ),
  '))',
  '(call $meet)',
]

const moved = (buffer: number, stride: number): string =>
  stride === 0 ? address(buffer) : addI32(address(buffer), mulI32(get('$place'), BYTES * stride))

const copyText = ({ from, to, length, fromStride, toStride }: SimdCopy): readonly string[] => {
  const start = mulI32(get('$begin'), BYTES)
  const bytes = mulI32(`(i32.sub ${get('$end')} ${get('$begin')})`, BYTES)
  const [target, source] = [moved(to, toStride), moved(from, fromStride)].map((base) => addI32(base, start))
  return [`;; copy`, ...inChunks(length, COPY_CHUNK, [`(memory.copy ${target} ${source} ${bytes})`])]
}

/** Loops within loops count in locals of their own; $place is that of the innermost loop around a step. */
const repeatText = ({ length, reverse, steps }: SimdRepeat, level: number): readonly string[] => {
  const turn = `$turn${level}`
  const place = reverse ? `(i32.sub ${i32(length - 1)} ${get(turn)})` : get(turn)
  const setPlace = `(local.set $place ${place})`
  if (length === 0) return []
  return [
    `(local.set ${turn} ${i32(0)})`,
    `(loop $again${level}`,
    ...nested([
      setPlace,
      // A loop inside has a place of its own, and leaves it behind.
      ...stepsText(steps, level + 1, setPlace),
      `(local.set ${turn} (i32.add ${get(turn)} (i32.const 1)))`,
      `(br_if $again${level} (i32.lt_u ${get(turn)} ${i32(length)})))`,
    ]),
  ]
}

const stepsText = (steps: readonly SimdStep[], level: number, setPlace: string | null): readonly string[] => {
  const lines: string[] = []
  let serial: readonly SimdLaunch[] = []
  const flush = (): void => {
    if (serial.length > 0) lines.push(...serialText(serial))
    serial = []
  }
  for (const step of steps) {
    if (step.kind === 'launch' && isSingleChunk(step)) {
      serial = [...serial, step]
      continue
    }
    flush()
    if (step.kind === 'launch') lines.push(...launchText(step))
    else if (step.kind === 'copy') lines.push(...copyText(step))
    else lines.push(...repeatText(step, level), ...(setPlace === null ? [] : [setPlace]))
  }
  flush()
  return lines
}

const depthOf = (steps: readonly SimdStep[]): number =>
  steps.reduce((most, step) => Math.max(most, step.kind === 'repeat' ? 1 + depthOf(step.steps) : 0), 0)

const callsOf = (steps: readonly SimdStep[]): readonly Call[] =>
  steps.flatMap((step) =>
    step.kind === 'launch' ? step.calls : step.kind === 'repeat' ? callsOf(step.steps) : [],
  )

/** Chunks are taken from the front by even threads, from the back by odd ones; −1 when none is left. */
const TAKE = [
  '(func $take (param $chunks i32) (result i32) (local $old i32) (local $front i32) (local $back i32)',
  '  (local.set $old (i32.atomic.rmw.add (i32.add (global.get $control) (global.get $counter))',
  '    (select (i32.const 65536) (i32.const 1) (i32.and (global.get $thread) (i32.const 1)))))',
  '  (local.set $front (i32.and (local.get $old) (i32.const 65535)))',
  '  (local.set $back (i32.shr_u (local.get $old) (i32.const 16)))',
  '  (if (i32.ge_u (i32.add (local.get $front) (local.get $back)) (local.get $chunks)) (then (return (i32.const -1))))',
  '  (select (i32.sub (i32.sub (local.get $chunks) (i32.const 1)) (local.get $back)) (local.get $front)',
  '    (i32.and (global.get $thread) (i32.const 1))))',
]

/** Waits for all threads; then the counter just used is reset, while all use the other. */
const MEET = [
  '(func $meet',
  '  (call $barrier)',
  '  (if (i32.eqz (global.get $thread))',
  '    (then (i32.atomic.store (i32.add (global.get $control) (global.get $counter)) (i32.const 0))))',
  `  (global.set $counter (i32.xor (global.get $counter) (i32.const ${FIRST_COUNTER ^ OTHER_COUNTER}))))`,
]

const LEAST = [
  '(func $least (param $x i32) (param $y i32) (result i32)',
  '  (select (local.get $x) (local.get $y) (i32.lt_s (local.get $x) (local.get $y))))',
]

/** The module of a program's steps; `scratchBytes` is what each thread has. */
export const scheduleText = (
  steps: readonly SimdStep[],
  scratchOffset: number,
  scratchBytes: number,
  features: Features,
): string => {
  const inputsOf = new Map(callsOf(steps).map(({ kernel, inputs }) => [kernel, inputs.length]))
  const parameters = (inputs: number): string => '(param' + ' i32'.repeat(4 + inputs) + ')'
  const globals = ['base', 'threads', 'control', 'wait']
  const turns = Array.from({ length: depthOf(steps) }, (_, level) => ` (local $turn${level} i32)`).join('')
  return [
    '(module',
    ...nested([
      memoryImport(features),
      ...globals.map((name) => `(import "env" "${name}" (global $${name} i32))`),
      ...[...inputsOf].map(
        ([kernel, inputs]) => `(import "kernel" "${kernel}" (func $kernel${kernel} ${parameters(inputs)}))`,
      ),
      '(global $thread (mut i32) (i32.const 0))',
      `(global $counter (mut i32) (i32.const ${FIRST_COUNTER}))`,
      ...barrier.split('\n'),
      ...TAKE,
      ...LEAST,
      ...MEET,
      `(func (export "run") (param $index i32) (local $scratch i32) (local $chunk i32) (local $begin i32) (local $end i32) (local $place i32)${turns}`,
      ...nested([
        '(global.set $thread (local.get $index))',
        `(global.set $counter (i32.const ${FIRST_COUNTER}))`,
        `(local.set $scratch (i32.add (i32.add (global.get $base) ${i32(scratchOffset)}) ${mulI32(get('$index'), scratchBytes)}))`,
        ...stepsText(steps, 0, null),
        ')',
      ]),
    ]),
    ')',
  ].join('\n')
}
