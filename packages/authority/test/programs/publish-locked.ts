/** Publishes a locked list, and is killed when the first file of locked rows is stored: `publish-locked.ts DIRECTORY NOW`. */
import { publish } from '@lodestone/authority';

const [directory = '', now = '0'] = process.argv.slice(2);
await publish({ directory, now: Number(now), say: () => process.kill(process.pid, 'SIGKILL') });
