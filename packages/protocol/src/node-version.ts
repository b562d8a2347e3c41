/**
 * The Node that the command lines need. Flow: each package's cli/main.ts → here, before it loads the rest of the program.
 * Promise: imports nothing, so an old Node runs it and prints one sentence in place of an error about a missing built-in module.
 */

/** As `engines` of each package with a command. Its crypto module is the first with Argon2id. */
export const OLDEST_NODE = '24.7';

/**
 * @param command such as `lodestone-receiver`
 * @param version of the running Node, such as `20.20.2`
 * @returns why the command cannot run, in one line with its code; undefined if it can
 */
export function oldNode(command: string, version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = OLDEST_NODE.split('.').map(Number);
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return undefined;
  return `ERR_UNSUPPORTED: ${command} needs Node ${OLDEST_NODE} or newer, and this is Node ${version}: install a newer Node, then run the command again`;
}
