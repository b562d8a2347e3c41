/**
 * Writes `repository.json`: a TUF repository as `@tufjs/models` makes it, with a rotation of every key, as text by path.
 * The browser tests read it, as the publisher runs in Node only. `node --conditions=source make-repository.ts`
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { newKey, TestRepository } from '../repository/test-repository.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');

const repository = new TestRepository(NOW);
const before = repository.signers('root');
for (const role of ['root', 'targets', 'snapshot', 'timestamp'] as const) {
  repository.keys[role] = repository.keys[role].map(() => newKey());
}
repository.publishRoot([...before, ...repository.signers('root')]);
repository.publish({ 'v1/orders/one.json': '{"one":1}\n' });
repository.files.delete('metadata/1.timestamp.json');

const files = Object.fromEntries(
  [...repository.files].map(([file, bytes]) => [file, Buffer.from(bytes).toString('utf8')]),
);
writeFileSync(path.join(import.meta.dirname, 'repository.json'), `${JSON.stringify({ now: NOW, files }, null, 2)}\n`);
