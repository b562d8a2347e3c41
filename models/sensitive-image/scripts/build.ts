/** `npm run generate` in this folder: builds the model file; `-- --update` updates model.lock.json. The last line reports the result. */
import { parseArgs } from 'node:util';
import { buildModel, readLock, updateModel } from '../src/build-model.ts';

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
if (values.update) await updateModel();
const how = await buildModel();
const { sha256, bytes } = await readLock();
console.log(`sensitive-image: ${how}, ${bytes} bytes, sha256 ${sha256}`);
