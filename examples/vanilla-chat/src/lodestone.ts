/** All of Lodestone in this chat: a guard for each device, and the texts of its orders. */
import { type Check, createGuard, type Guard, type Source } from '@lodestone/client';
import type { HelpEntry } from '@lodestone/client/blur';
import { fetchSubjectIds, type Session } from './account.ts';
import type { ServedConfiguration, ServedSource } from './configuration.ts';

/**
 * Creates the guard of a device and the account that is signed in on it. All accounts of a device share one database: what
 * one of them matched never counts for another.
 */
export function openGuard(
  device: string,
  session: Session,
  { authorities, endpoint, installation, accountService }: ServedConfiguration,
): Guard {
  return createGuard({
    authorities: {
      orders: authorities.orders.map(source),
      lists: authorities.lists.map(source),
      provider: source(authorities.provider),
    },
    endpoint,
    storageName: `lodestone-${installation}-${device}`,
    subject: {
      account: session.account,
      fetchIds: (month) => fetchSubjectIds(accountService.subjectIds, session, month),
    },
  });
}

function source({ name, url, root }: ServedSource): Source {
  return { name, url, root: Uint8Array.from(atob(root), (character) => character.charCodeAt(0)) };
}

export interface OrderWords {
  summaries: string[];
  help: { name: string; href: string; label: string }[];
}

/** The signed texts of the orders that decided a check, shown with a warning or a block. */
export function wordsOfOrders(
  guard: Guard,
  check: Check,
  languages: readonly string[] = navigator.languages,
): OrderWords {
  return {
    summaries: ordersOf(guard, check).map((order) => inLanguage(order.summary, languages)),
    help: helpOfOrders(guard, check).map((line) => ({
      name: line.name,
      ...('url' in line ? visit(line) : call(line)),
    })),
  };
}

/** Help lines of the orders that decided a check, without duplicates. */
export function helpOfOrders(guard: Guard, check: Check): HelpEntry[] {
  const lines = ordersOf(guard, check).flatMap(({ help }) => help);
  return [...new Map(lines.map((line) => ['url' in line ? line.url : line.phone, line])).values()];
}

export function inLanguage(texts: Readonly<Record<string, string>>, languages: readonly string[]): string {
  const wanted = languages.flatMap((tag) => [tag, tag.split('-')[0] ?? tag]);
  const language = [...wanted, 'en'].find((tag) => tag in texts) ?? Object.keys(texts)[0];
  return texts[language ?? ''] ?? '';
}

const ordersOf = (guard: Guard, { orders }: Check) =>
  guard.status.orders.filter(({ orderDigest }) => orders.includes(orderDigest)).map(({ order }) => order);
const visit = ({ url }: { url: string }) => ({ href: url, label: new URL(url).host });
const call = ({ phone }: { phone: string }) => ({ href: `tel:${phone.replaceAll(/[^+0-9]/g, '')}`, label: phone });
