export type { ResnetConfig } from './config.js'
export { decodeConfig, paperConfig, resnetConfig } from './config.js'
export type { BlockOptions, Resnet } from './model.js'
export { makeResnet, residualBlock, resnet } from './model.js'
