/**
 * What gpu.js cannot say costs: a product of matrices on the WebGPU adapter at hand, as shaders written by hand. The first
 * two are what gpu.js can express; the others are not, as its kernels have neither shared memory nor more than four
 * outputs, all in a row.
 *
 * Usage: node scripts/webgpu-limits.mjs [ROWSxINNERxCOLUMNS …], under scripts/with-software-gpu.mjs where there is no GPU.
 */
import { performance } from 'node:perf_hooks'
import { create, globals } from 'webgpu'

const { GPUBufferUsage, GPUMapMode } = globals

const ROUNDS = 10
/** Threads of a group along each axis, as gpu.js has them. */
const EDGE = 8
/** Terms of the sum that a tile holds. */
const DEPTH = 16

const times = (count, line) => Array.from({ length: count }, (_, i) => line(i)).join('\n')

const bindings = `
@group(0) @binding(0) var<storage, read> a : array<f32>;
@group(0) @binding(1) var<storage, read> b : array<f32>;
@group(0) @binding(2) var<storage, read_write> c : array<f32>;`

/** Each thread makes `rows` × `columns` outputs and reads what it needs from memory. */
const inRegisters = (rows, columns) => ({
  name: `${rows} × ${columns} outputs a thread`,
  tile: [rows * EDGE, columns * EDGE],
  code: ([, inner, width]) => `${bindings}
@compute @workgroup_size(${EDGE}, ${EDGE}) fn main(@builtin(global_invocation_id) id : vec3<u32>) {
  let row = id.y * ${rows};
  let column = id.x * ${columns};
  ${times(rows * columns, (i) => `var sum${i} = 0.0;`)}
  for (var k = 0u; k < ${inner}u; k++) {
    ${times(rows, (i) => `let x${i} = a[(row + ${i}u) * ${inner}u + k];`)}
    ${times(columns, (j) => `let y${j} = b[k * ${width}u + column + ${j}u];`)}
    ${times(rows, (i) => times(columns, (j) => `sum${i * columns + j} += x${i} * y${j};`))}
  }
  ${times(rows, (i) => times(columns, (j) => `c[(row + ${i}u) * ${width}u + column + ${j}u] = sum${i * columns + j};`))}
}`,
})

/** The same with the operands of a group's tile in shared memory. */
const inSharedMemory = (rows, columns) => ({
  name: `${rows} × ${columns}, tiles in shared memory`,
  tile: [rows * EDGE, columns * EDGE],
  code: ([, inner, width]) => `${bindings}
const height = ${rows * EDGE}u;
const breadth = ${columns * EDGE}u;
var<workgroup> left : array<f32, ${rows * EDGE * DEPTH}>;
var<workgroup> right : array<f32, ${columns * EDGE * DEPTH}>;
@compute @workgroup_size(${EDGE}, ${EDGE})
fn main(@builtin(local_invocation_id) id : vec3<u32>, @builtin(workgroup_id) group : vec3<u32>) {
  let thread = id.y * ${EDGE}u + id.x;
  ${times(rows * columns, (i) => `var sum${i} = 0.0;`)}
  for (var start = 0u; start < ${inner}u; start += ${DEPTH}u) {
    for (var i = thread; i < height * ${DEPTH}u; i += ${EDGE * EDGE}u) {
      left[i] = a[(group.y * height + i / ${DEPTH}u) * ${inner}u + start + i % ${DEPTH}u];
    }
    for (var i = thread; i < breadth * ${DEPTH}u; i += ${EDGE * EDGE}u) {
      right[i] = b[(start + i / breadth) * ${width}u + group.x * breadth + i % breadth];
    }
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}u; k++) {
      ${times(rows, (i) => `let x${i} = left[(id.y * ${rows}u + ${i}u) * ${DEPTH}u + k];`)}
      ${times(columns, (j) => `let y${j} = right[k * breadth + id.x * ${columns}u + ${j}u];`)}
      ${times(rows, (i) => times(columns, (j) => `sum${i * columns + j} += x${i} * y${j};`))}
    }
    workgroupBarrier();
  }
  let row = group.y * height + id.y * ${rows}u;
  let column = group.x * breadth + id.x * ${columns}u;
  ${times(rows, (i) => times(columns, (j) => `c[(row + ${i}u) * ${width}u + column + ${j}u] = sum${i * columns + j};`))}
}`,
})

const shaders = [
  inRegisters(1, 1),
  inRegisters(1, 4),
  inRegisters(4, 4),
  inSharedMemory(2, 2),
  inSharedMemory(4, 4),
]

const sizesFrom = (text) => {
  const sizes = text.split('x').map(Number)
  const fits =
    sizes.length === 3 && sizes.every((size) => Number.isInteger(size) && size > 0 && size % 32 === 0)
  if (!fits) throw new Error(`expected ROWSxINNERxCOLUMNS, multiples of 32, found ${text}`)
  return sizes
}

const values = (count, step) => Float32Array.from({ length: count }, (_, i) => Math.sin(step * i))

/** Milliseconds of a product by each shader, the least of several rounds taken in turn; wrong results end the program. */
const measure = async (device, sizes) => {
  const [rows, inner, columns] = sizes
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage
  const buffer = (data, usage) => {
    const made = device.createBuffer({ size: data.byteLength, usage })
    device.queue.writeBuffer(made, 0, data)
    return made
  }
  const [x, y] = [values(rows * inner, 0.7), values(inner * columns, 1.3)]
  const output = new Float32Array(rows * columns)
  const buffers = [
    buffer(x, STORAGE | COPY_DST),
    buffer(y, STORAGE | COPY_DST),
    buffer(output, STORAGE | COPY_DST | COPY_SRC),
  ]
  const readable = buffer(output, MAP_READ | COPY_DST)
  const submit = async (record) => {
    const encoder = device.createCommandEncoder()
    record(encoder)
    device.queue.submit([encoder.finish()])
    await device.queue.onSubmittedWorkDone()
  }
  const check = async (name) => {
    await submit((encoder) => encoder.copyBufferToBuffer(buffers[2], 0, readable, 0, output.byteLength))
    await readable.mapAsync(GPUMapMode.READ)
    const found = new Float32Array(readable.getMappedRange().slice(0))
    readable.unmap()
    for (const place of [0, Math.floor(found.length / 2) + 5, found.length - 1]) {
      const [i, j] = [Math.floor(place / columns), place % columns]
      let sum = 0
      for (let k = 0; k < inner; k++) sum += x[i * inner + k] * y[k * columns + j]
      if (!(Math.abs(found[place] - sum) < 1e-3))
        throw new Error(`${name}: expected ${sum}, found ${found[place]}`)
    }
  }
  const runs = shaders.map(({ name, tile: [height, breadth], code }) => {
    const compute = { module: device.createShaderModule({ code: code(sizes) }), entryPoint: 'main' }
    const pipeline = device.createComputePipeline({ layout: 'auto', compute })
    const entries = buffers.map((resource, binding) => ({ binding, resource: { buffer: resource } }))
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
    const run = () =>
      submit((encoder) => {
        const pass = encoder.beginComputePass()
        pass.setPipeline(pipeline)
        pass.setBindGroup(0, group)
        pass.dispatchWorkgroups(columns / breadth, rows / height)
        pass.end()
      })
    return { name, run, best: Infinity }
  })
  for (const { name, run } of runs) {
    await run()
    await check(name)
  }
  for (let round = 0; round < ROUNDS; round++)
    for (const timed of runs) {
      const start = performance.now()
      await timed.run()
      timed.best = Math.min(timed.best, performance.now() - start)
    }
  return runs.map(({ name, best }) => ({ name, ms: best, gflops: (2 * rows * inner * columns) / best / 1e6 }))
}

const gpu = create([])
const adapter = await gpu.requestAdapter()
if (adapter === null) throw new Error('no graphics adapter: run under scripts/with-software-gpu.mjs')
const device = await adapter.requestDevice()
console.log(`adapter: ${adapter.info.device || adapter.info.description || adapter.info.vendor}`)
const given = process.argv.slice(2)
for (const text of given.length > 0 ? given : ['256x256x256', '1024x192x768']) {
  console.log(`\n${text}`)
  for (const { name, ms, gflops } of await measure(device, sizesFrom(text)))
    console.log(
      `  ${name.padEnd(32)} ${ms.toFixed(1).padStart(8)} ms ${gflops.toFixed(1).padStart(8)} GFLOP/s`,
    )
}
process.exit(0)
