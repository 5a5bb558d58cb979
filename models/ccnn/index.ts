export type { CcnnConfig } from './config.js'
export { ccnnConfig, decodeConfig, paperConfig } from './config.js'
export type { Ccnn } from './model.js'
export { ccnn, makeCcnn } from './model.js'
