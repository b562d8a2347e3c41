/** `npm run build` in here: makes the ONNX file; `-- --update` writes down that it is another one now. The last line says how it went. */
import { parseArgs } from 'node:util';
import { buildModel, readLock, updateModel } from '../src/build-model.ts';

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
if (values.update) await updateModel();
const how = await buildModel();
const { sha256, bytes } = await readLock();
console.log(`sensitive-image: ${how}, ${bytes} bytes, sha256 ${sha256}`);
