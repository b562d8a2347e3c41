/** Starts the PostgreSQL of a bench, prints its process id, and waits to be ended. */
import { benchPostgres } from '../../bench/postgres.ts';

console.log((await benchPostgres()).pid);
setInterval(() => undefined, 60_000);
