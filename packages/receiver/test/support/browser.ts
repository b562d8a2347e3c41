/** A browser at the console, as far as HTTP goes: it keeps the cookie, and sends forms with the proof that their page has. */
import type { Name } from '@lodestone/protocol/name';
import { formToken } from '../../src/console/visit.ts';
import type { Database } from '../../src/db/schema.ts';
import { startSession } from '../../src/users/sessions.ts';

const COOKIE = 'lodestone-console';

export interface Page {
  status: number;
  html: string;
  location: string | null;
  headers: Headers;
}

interface ConsoleOf {
  receiver: { console: { url: string } | undefined };
  database: { db: Database };
  now: number;
}

export class Browser {
  /** Token of the session; empty without one. */
  session = '';
  #origin: string;

  constructor(url: string) {
    this.#origin = new URL(url).origin;
  }

  static of({ receiver }: ConsoleOf): Browser {
    return new Browser(receiver.console?.url ?? '');
  }

  /** With a session, without the sign-in. */
  static async signedIn(world: ConsoleOf, name: Name): Promise<Browser> {
    const browser = Browser.of(world);
    browser.session = await startSession(world.database.db, name, world.now);
    return browser;
  }

  /** To a receiver that was started again on another port. */
  move(url: string): void {
    this.#origin = new URL(url).origin;
  }

  get(path: string): Promise<Page> {
    return this.#request(path, {});
  }

  /** Sends a form. The fields can replace its token, and the headers its origin. */
  post(path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Page> {
    return this.#request(path, {
      method: 'POST',
      headers: { origin: this.#origin, 'sec-fetch-site': 'same-origin', ...headers },
      body: new URLSearchParams({ token: formToken(this.session), ...fields }),
    });
  }

  async #request(path: string, init: RequestInit): Promise<Page> {
    const headers = { ...init.headers, ...(this.session === '' ? {} : { cookie: `${COOKIE}=${this.session}` }) };
    const response = await fetch(new URL(path, this.#origin), { ...init, headers, redirect: 'manual' });
    const [, set] = /^lodestone-console=([^;]*)/.exec(response.headers.get('set-cookie') ?? '') ?? [];
    if (set !== undefined) this.session = set;
    return {
      status: response.status,
      html: await response.text(),
      location: response.headers.get('location'),
      headers: response.headers,
    };
  }
}
