/** The release that this program is. Flow: cli, report → here. */
import { readFileSync } from 'node:fs';

export const RELEASE: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
