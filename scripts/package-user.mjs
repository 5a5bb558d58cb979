/**
 * What a user of the installed package does first: compiles a function and its gradient and runs both.
 * check-package.mjs copies this file into a folder where only the package is installed.
 */
import assert from 'node:assert/strict'
import { isLeft } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { compile, fromArray, matmul, mean, mul, openDevice, relu, sub, valueAndGrad, valuesOf } from 'crocuta'
import * as io from 'crocuta/io'
import * as node from 'crocuta/io/node'
import * as nn from 'crocuta/nn'
import * as train from 'crocuta/train'
import * as mixer from 'crocuta/models/mixer'
import * as vit from 'crocuta/models/vit'

const right = (either) => {
  assert(!isLeft(either), JSON.stringify(either))
  return either.right
}

for (const [name, module] of Object.entries({ io, node, nn, train, mixer, vit }))
  assert(Object.keys(module).length > 0, `${name} exports nothing`)

const inputs = fromArray(Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), [4, 2])
const targets = fromArray(Float32Array.of(0, 1, 1, 2), [4, 1])
const loss = (weight) => {
  const error = pipe(inputs, matmul(weight), relu, sub(targets))
  return pipe(error, mul(error), mean())
}

// With weights (½, ¼) the errors are 0, −¾, −½ and −1¼: loss 19/32; derivatives 2/4·(−½ − 1¼) and 2/4·(−¾ − 1¼).
const weight = fromArray(Float32Array.of(0.5, 0.25), [2, 1])
for (const name of ['simd', 'cpu', 'webasm', 'reference']) {
  const device = right(await openDevice(name)())
  const compiled = right(await compile(device)(valueAndGrad(loss))(weight)())
  const { value, gradient } = right(await compiled.run(weight)())
  assert.deepEqual([...valuesOf(value)], [0.59375])
  assert.deepEqual([...valuesOf(gradient)], [-0.875, -1])
  await device.destroy()
  process.stdout.write(`crocuta on ${device.description}: loss 0.59375, gradient −0.875, −1\n`)
}
