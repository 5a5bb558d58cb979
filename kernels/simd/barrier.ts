/**
 * The meeting of all threads as WebAssembly text. A thread that comes early spins for a while, then sleeps, so that more
 * threads than cores work too.
 */

/** Words of `control` that the barrier and its runtime use, in bytes; the rest of the 64 belongs to the schedule. */
export const CONTROL = {
  /** Threads that have arrived. */
  arrived: 0,
  /** One more at each meeting. */
  meeting: 4,
  /** Threads that sleep, or are about to. */
  sleeping: 8,
  /** One more than the number of the thread that failed; 0 while none has. It never arrives, and all others trap. */
  failed: 12,
} as const

const at = (word: keyof typeof CONTROL): string => `offset=${CONTROL[word]} (global.get $control)`

/**
 * `$barrier`, which returns when all `$threads` have called it. It uses the i32 globals `$threads`, `$control` (an
 * address) and `$wait`: the turns a thread spins before it sleeps, 0 where it may never sleep.
 *
 * The number of the meeting is read before the word of failure, and a failing thread writes them in the other order:
 * so a thread that sees no failure sees the meeting end. Sleepers are counted before they compare the number, and it
 * is changed before they are counted: so none sleeps through it.
 */
export const barrier = `(func $barrier (local $meeting i32) (local $spins i32)
  (if (i32.le_u (global.get $threads) (i32.const 1)) (then (return)))
  (local.set $meeting (i32.atomic.load ${at('meeting')}))
  (if (i32.atomic.load ${at('failed')}) (then (unreachable)))
  (if (i32.eq (i32.atomic.rmw.add ${at('arrived')} (i32.const 1)) (i32.sub (global.get $threads) (i32.const 1)))
    (then
      (i32.atomic.store ${at('arrived')} (i32.const 0))
      (drop (i32.atomic.rmw.add ${at('meeting')} (i32.const 1)))
      (if (i32.atomic.load ${at('sleeping')})
        (then (drop (memory.atomic.notify ${at('meeting')} (i32.const -1)))))
      (return)))
  (local.set $spins (global.get $wait))
  (block $over
    (loop $spin
      (br_if $over (i32.ne (i32.atomic.load ${at('meeting')}) (local.get $meeting)))
      (br_if $spin (i32.eqz (global.get $wait)))
      (local.set $spins (i32.sub (local.get $spins) (i32.const 1)))
      (br_if $spin (local.get $spins)))
    (drop (i32.atomic.rmw.add ${at('sleeping')} (i32.const 1)))
    (loop $sleep
      (drop (memory.atomic.wait32 ${at('meeting')} (local.get $meeting) (i64.const -1)))
      (br_if $sleep (i32.eq (i32.atomic.load ${at('meeting')}) (local.get $meeting))))
    (drop (i32.atomic.rmw.sub ${at('sleeping')} (i32.const 1))))
  (if (i32.atomic.load ${at('failed')}) (then (unreachable))))`
