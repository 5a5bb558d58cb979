/**
 * Writes docs/accuracy.md: the worst error of every op and of its gradient on every target.
 * Usage: node scripts/with-software-gpu.mjs node --import tsx test/conformance/accuracy.ts
 */
import { writeFile } from 'node:fs/promises'
import { ops } from '../../src/op/index.js'
import { openDevice } from '../../src/run/open-device.js'
import { categories, conformanceProgram, opErrors } from '../support/conformance.js'
import type { OpError } from '../support/conformance.js'
import { NODE_TARGETS, expectRight } from '../support/gpu-environment.js'

const number = (error: number): string => (error === 0 ? '0' : error.toExponential(1))

const byTarget = new Map<string, ReadonlyMap<string, OpError>>()
for (const target of NODE_TARGETS) {
  const device = expectRight(await openDevice(target)())
  const errors: OpError[] = []
  for (const chosen of categories().values())
    errors.push(...(await opErrors(device, conformanceProgram(chosen))))
  byTarget.set(target, new Map(errors.map((error) => [error.op, error])))
  await device.destroy()
}

const row = (name: string): string => {
  const cells = NODE_TARGETS.flatMap((target) => {
    const error = byTarget.get(target)?.get(name)
    return [number(error?.value ?? Number.NaN), number(error?.gradient ?? Number.NaN)]
  })
  return `| ${[name, ...cells, number(ops[name]?.tolerance.relative ?? 0)].join(' | ')} |`
}

const sections = [...categories()].map(([category, chosen]) =>
  [
    `## ${category}`,
    '',
    `| op | ${NODE_TARGETS.map((target) => `${target} | ∇`).join(' | ')} | bound |`,
    `|---|${NODE_TARGETS.map(() => '---|---|').join('')}---|`,
    ...chosen.map(({ name }) => row(name)),
    '',
  ].join('\n'),
)

await writeFile(
  'docs/accuracy.md',
  [
    '# Accuracy',
    '',
    'The worst error of each op, and of its gradient (∇), against the float64 interpreter: ‖a − b‖∞ / ‖b‖∞ over fixed',
    'applications of the op (`test/support/conformance.ts`), in float32. The bound is the one its record states for values;',
    '0 where numbers are moved, chosen or made of integers; gradients are held to 2e-5. The tests hold every target to these',
    'bounds; `webgpu` ran on a software adapter.',
    '',
    'Written by `node scripts/with-software-gpu.mjs node --import tsx test/conformance/accuracy.ts`. The elementary',
    'functions by themselves, in units in the last place, are in `kernels/README.md`.',
    '',
    ...sections,
  ].join('\n'),
)
