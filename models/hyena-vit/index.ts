export { decodeConfig, hyenaVitConfig, paperConfig } from './config.js'
export type { HyenaVitConfig } from './config.js'
export { block, hyenaVit, makeHyenaVit, mixersOf } from './model.js'
export type { HyenaVit, Tokens } from './model.js'
