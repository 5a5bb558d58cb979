/** The networks of the paper's theorems on rank (section 5.2 and appendix A), as filters. */
export type { Activation, AffineLayer, ThresholdNetwork, ThresholdParams } from './threshold-network.js'
export { thresholdFilter, widthOf } from './threshold-network.js'
export type { IdentityOptions } from './constructions.js'
export { constructionA, constructionB, constructionC, constructionD, constructions } from './constructions.js'
export type { Reading } from './printed.js'
export { literal, printedConstruction, readings } from './printed.js'
