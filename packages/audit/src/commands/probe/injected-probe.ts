/**
 * The script that runs inside, as text: it makes the attempts, and says how each ended and who refused it. It takes what it
 * needs for itself before the scanner takes it away. Flow: attempts → here → insert.ts puts it into a sandbox.
 */
import type { Attempt } from './attempts/attempts.ts';
import type { Target } from './listeners.ts';

/** How an attempt ended, as the sandbox saw it. */
export interface Ending {
  id: string;
  how: 'done' | 'refused' | 'missing' | 'silent';
  /** The error, in the engine's words. */
  said: string;
  /** The directive that the browser named. */
  directive?: string;
}

/** An attempt may take this long; what is refused is refused in a fraction of it. */
export const ATTEMPT_MS = 2_500;

/** Text of a function expression `(targets) => Promise<Ending[]>`; what it needs is taken as it is evaluated. */
export function attemptsScript(attempts: readonly Attempt[]): string {
  const bodies = attempts.map(({ id, run }) => `[${JSON.stringify(id)}, async (at) => { ${run} }]`).join(',\n');
  return `(() => {
const later = self.setTimeout.bind(self);
const listen = self.addEventListener.bind(self);
const silence = () => new Promise(() => {});
const opened = (target, yes) => new Promise((resolve, reject) => {
  target.addEventListener(yes, resolve, { once: true });
  target.addEventListener('error', () => reject(new Error('error event')), { once: true });
});
const added = (tag, attributes) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
};
const isMissing = (error) => error instanceof ReferenceError || (error instanceof TypeError && /undefined|not a constructor|not a function|null is not|is null/.test(error.message));
const attempts = [${bodies}];
return (targets) => {
const blocked = new Map();
listen('securitypolicyviolation', ({ blockedURI, effectiveDirective }) => {
  for (const [id, { port }] of Object.entries(targets)) if (blockedURI.includes(':' + port)) blocked.set(id, effectiveDirective);
});
return Promise.all(attempts.filter(([id]) => id in targets).map(async ([id, run]) => {
  let how = 'silent', said = '';
  try {
    const quiet = new Promise((resolve) => later(resolve, ${ATTEMPT_MS}, silence));
    if ((await Promise.race([run(targets[id]), quiet])) !== silence) how = 'done';
  } catch (error) {
    how = isMissing(error) ? 'missing' : 'refused';
    said = String(error?.name ? error.name + ': ' + error.message : error?.message ?? error).slice(0, 200);
  }
  return { id, how, said, directive: blocked.get(id) };
}));
};
})()`;
}

/** Each attempt's own server. */
export function withTargets(script: string, targets: Readonly<Record<string, Target>>): string {
  return `${script}(${JSON.stringify(targets)})`;
}
