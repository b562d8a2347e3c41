/** Where the sandbox's document comes from. Loads lazily: a page that never scans loads neither build nor document. Spec: docs/design/sandbox.md#document */
import { loaded } from '../load-error.ts';
import type { SandboxSource } from './boot-errors.ts';

/** A page with a served sandbox loads the build digest only. */
export async function sandboxSource(sandboxUrl: string | undefined): Promise<SandboxSource> {
  const { SANDBOX_BUILD: build, SANDBOX_SCRIPT: script } = await loaded(
    'the digest of the sandbox',
    import('./sandbox-build.generated.ts'),
  );
  if (sandboxUrl !== undefined) return { build, script, from: { url: sandboxUrl } };
  const { SANDBOX_DOCUMENT } = await loaded('the sandbox', import('./sandbox.generated.ts'));
  return { build, script, from: { document: SANDBOX_DOCUMENT } };
}
