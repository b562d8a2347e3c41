/** The smallest app of a provider: signs in, checks a picture before it would send it, and shows the answer. */
import { createGuard, type Source } from '@lodestone/client';
import { testPicture } from '@lodestone/client/testing';

const byId = (id: string): HTMLElement => document.getElementById(id) ?? document.body;
const show = (id: string, text: string): void => void (byId(id).textContent = text);

/** The first roots, which the app ships. */
const source = async (name: string): Promise<Source> => ({
  name,
  url: new URL(`/${name}/`, location.href).href,
  root: await (await fetch(`/roots/${name}.json`)).text(),
});

await fetch('/account/sign-in?name=alice', { method: 'POST' });
const guard = createGuard({
  authorities: {
    orders: [await source('court')],
    lists: [await source('hotline')],
    provider: await source('provider'),
  },
  endpoint: new URL('/v1/signals', location.href).href,
  sandboxUrl: '/sandbox.html',
  debug: true,
  subject: {
    account: 'alice',
    async fetchIds(month) {
      const response = await fetch(`/account/subject-ids?month=${month}`, { method: 'POST' });
      if (!response.ok) throw new Error(`account service: ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  },
});
guard.subscribe(showStatus);
showStatus();

byId('listed').addEventListener('click', () => void send(testPicture()));
byId('file').addEventListener('change', ({ target }) => {
  if (target instanceof HTMLInputElement && target.files?.[0]) void send(target.files[0]);
});

function showStatus(): void {
  const { state, orders, problems } = guard.status;
  const inForce = orders.filter((order) => order.state === 'in-force').length;
  show(
    'status',
    `${state}, ${inForce} orders in force${problems.map(({ sentence, fix }) => `\n${sentence} ${fix}`).join('')}`,
  );
}

async function send(content: Blob | Uint8Array<ArrayBuffer>): Promise<void> {
  const check = await guard.check(content, { surface: 'send' });
  show('result', JSON.stringify(check, undefined, 2));
}
