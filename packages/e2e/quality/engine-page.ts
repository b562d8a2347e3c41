/** The page of a quality run in an engine: the built sandbox looks up each copy in both lists. Flow: in-engines → here. */
import { VARIANTS } from '@lodestone/protocol/order';
import { openSandbox, planList, sandboxList } from '@lodestone/sandbox/testing/open-sandbox';

/** The run serves it at `/input`. The lists are files in base64. */
export interface EngineInput {
  readonly plain: string;
  readonly locked: string;
  readonly maxDistance: number;
  readonly items: number;
}

/** The entry that each list finds; 0 if none. */
export interface EngineAnswer {
  readonly plain: number;
  readonly locked: number;
}

void run().catch((error: unknown) => send('/broken', { error: String(error) }));

async function run(): Promise<void> {
  const { plain, locked, maxDistance, items } = (await (await fetch('/input')).json()) as EngineInput;
  const sandbox = await openSandbox();
  await sandbox.start('locked-lists');
  const rules = { maxDistance, minQuality: 50, variants: [...VARIANTS] };
  for (const [name, file] of Object.entries({ plain, locked })) {
    const answer = await sandbox.calls.load(sandboxList(name, bytesOf(file)));
    if (!answer.ok) throw new Error(`the ${name} list was not loaded`);
  }
  const lists = [planList('plain', rules), planList('locked', { ...rules, form: 'locked' })];
  for (let item = 0; item < items; item++) {
    const copy = new Uint8Array(await (await fetch(`/items/${item}`)).arrayBuffer());
    const { findings } = await sandbox.scan(copy, lists);
    const entryOf = (index: number): number => {
      const finding = findings.find((one) => one.kind === 'known' && one.list === index);
      return finding?.kind === 'known' ? finding.entry : 0;
    };
    await send('/answer', { plain: entryOf(0), locked: entryOf(1) } satisfies EngineAnswer);
  }
  await send('/end', {});
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function send(path: string, body: object): Promise<void> {
  await fetch(path, { method: 'POST', body: JSON.stringify(body) });
}
