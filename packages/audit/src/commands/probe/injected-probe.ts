/**
 * The script that runs the attempts inside the sandbox, as text, and reports how each ended. It captures the APIs that it
 * needs before the scope lockdown removes them. Flow: attempts → here → inject-script.ts. Spec: docs/design/audit.md#probe
 */
import type { Attempt } from './attempts/attempts.ts';
import type { Target } from './listeners.ts';

/** How an attempt ended inside the sandbox. */
export interface Ending {
  id: string;
  how: 'done' | 'refused' | 'missing' | 'silent';
  /** The engine's error message. */
  error: string;
  /** The directive that the browser reported. */
  directive?: string;
}

/** Time limit of an attempt; a refusal takes a fraction of it. */
export const ATTEMPT_MS = 2_500;

/** @returns the text of a function expression `(targets) => Promise<Ending[]>`, which captures the APIs that it needs when it is evaluated */
export function attemptsScript(attempts: readonly Attempt[]): string {
  const bodies = attempts.map(({ id, run }) => `[${JSON.stringify(id)}, async (at) => { ${run} }]`).join(',\n');
  return `(() => {
const later = self.setTimeout.bind(self);
const listen = self.addEventListener.bind(self);
const noResult = () => new Promise(() => {});
const eventOf = (target, yes) => new Promise((resolve, reject) => {
  target.addEventListener(yes, resolve, { once: true });
  target.addEventListener('error', () => reject(new Error('error event')), { once: true });
});
const append = (tag, attributes) => {
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
  let how = 'silent', message = '';
  try {
    const quiet = new Promise((resolve) => later(resolve, ${ATTEMPT_MS}, noResult));
    if ((await Promise.race([run(targets[id]), quiet])) !== noResult) how = 'done';
  } catch (error) {
    how = isMissing(error) ? 'missing' : 'refused';
    message = String(error?.name ? error.name + ': ' + error.message : error?.message ?? error).slice(0, 200);
  }
  return { id, how, error: message, directive: blocked.get(id) };
}));
};
})()`;
}

/** The same with each attempt's server. */
export function withTargets(script: string, targets: Readonly<Record<string, Target>>): string {
  return `${script}(${JSON.stringify(targets)})`;
}
