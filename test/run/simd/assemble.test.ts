import { expect, it } from 'vitest'
import { assemble } from '../../../src/run/simd/assemble.js'
import { detectEngine } from '../../../src/run/simd/engine.js'
import { instantiate } from '../../../src/run/simd/kernel-cache.js'
import { expectLeft, expectRight } from '../../support/gpu-environment.js'

/** run() = depth, by additions nested so deep. */
const nested = (depth: number): string => {
  const sum = Array.from({ length: depth }).reduce(
    (text: string) => `(i32.add ${text} (i32.const 1))`,
    '(i32.const 0)',
  )
  return `(module ;; :-)\n (func (export "run") (result i32) ${sum}))`
}

it('assembles what kernels are written in', async () => {
  expect(detectEngine(2)?.features).toEqual({ relaxed: true, shared: true })
  const text = `(module (import "env" "memory" (memory 1 65536 shared))
    (func (export "run") (param $x i32) (result i32)
      (drop (f32x4.relaxed_madd (v128.const f32x4 1 2 3 4) (f32x4.splat (f32.const 1)) (v128.load (i32.const 0))))
      (memory.copy (i32.const 64) (i32.const 0) (i32.const 16))
      (i32.atomic.rmw.add (local.get $x) (i32.trunc_sat_f32_s (f32.const 1)))))`
  expectRight(await assemble('all', text)())
})

it('computes what the text says, 100 levels deep', async () => {
  const module = expectRight(await assemble('sum', nested(100))())
  expect(instantiate(module, {})()).toBe(100)
})

it('refuses what is too deep or no text, many at once, and goes on', async () => {
  const texts = Array.from(
    { length: 12 },
    (_, i) => [nested(1_000), '(module (func nonsense))', nested(i)][i % 3] ?? '',
  )
  const results = await Promise.all(texts.map((text, i) => assemble(`kernel ${i}`, text)()))
  expect(results.map(({ _tag }) => _tag === 'Right')).toEqual(texts.map((_, i) => i % 3 === 2))
  const tooDeep = results[0]
  expect(tooDeep === undefined ? null : expectLeft(tooDeep)).toMatchObject({
    _tag: 'DeviceError',
    where: 'kernel 0',
    found: expect.stringContaining('(nested 1003 deep)') as string,
  })
  expectRight(await assemble('sum', nested(50))())
})
