/** Reading data from files, for Node. The formats themselves are in `crocuta/io`. */
export { readBytes } from './files.js'
export { readMnist } from './mnist.js'
