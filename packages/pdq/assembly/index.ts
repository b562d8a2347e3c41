/** The kernel's exports, which `src/kernel.ts` calls. */
export {
  coefficients,
  drain,
  endStaged,
  finish,
  firstStaged,
  hashes,
  open,
  push,
  stage,
  stageRows,
  startStrip,
  strips,
} from './stream';
export { answerCount, answers, queries, rowsIn, suppressed } from './answers';
export { fillLanes, nearLanes } from './lanes';
export { layPlanes, openPlanes, planeBlocks, preparePlanes, scanPlanes } from './planes';
export { buildBands, layBands, openBands, searchBands, startBands } from './bands';
