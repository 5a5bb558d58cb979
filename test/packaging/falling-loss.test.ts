import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const script = resolve(import.meta.dirname, '..', '..', 'scripts', 'check-falling-loss.mjs')

interface Run {
  readonly device: string
  readonly losses: readonly (number | null)[]
  readonly testAccuracy: number | null
}

const good: Run = { device: 'webasm', losses: [2.4, 2.3, 2.35, 2.2, 2.0, 2.1, 1.9, 1.8], testAccuracy: 0.31 }

const check = ({ device, losses, testAccuracy }: Run) => {
  const events = [
    { _tag: 'start', device },
    ...losses.map((loss) => ({ _tag: 'step', loss })),
    { _tag: 'end', testAccuracy },
  ]
  const input = events.map((event) => JSON.stringify(event)).join('\n')
  const { status, stderr } = spawnSync(process.execPath, [script, 'webasm', '8'], { input, encoding: 'utf8' })
  return { status, stderr }
}

test('accepts a run whose loss falls', () => {
  expect(check(good)).toEqual({ status: 0, stderr: '' })
})

test.each([
  ['another device', { ...good, device: 'cpu' }, 'trained on cpu'],
  ['too few steps', { ...good, losses: good.losses.slice(1) }, 'expected 8 step events, found 7'],
  ['a loss that is no number', { ...good, losses: [...good.losses.slice(1), null] }, 'not finite'],
  ['no accuracy', { ...good, testAccuracy: null }, 'no testAccuracy'],
  ['a flat loss', { ...good, losses: good.losses.map(() => 2.3) }, 'did not fall'],
])('refuses %s', (_, run, message) => {
  const { status, stderr } = check(run)
  expect(status).toBe(1)
  expect(stderr).toContain(message)
})

test('of a run and its reverse, at most one is accepted', () => {
  const losses = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(losses, (values) => {
      const accepted = [values, values.toReversed()].map(
        (run) => check({ ...good, losses: run }).status === 0,
      )
      return accepted.filter(Boolean).length < 2
    }),
    { numRuns: 5 },
  )
})
