/** Signing in to the console: one-time links, passphrase and code, limits, and how sessions end. */
import { randomBytes } from 'node:crypto';
import type { Role } from '@lodestone/protocol/case-review';
import type { Name } from '@lodestone/protocol/name';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseRecordLine } from '@lodestone/protocol/case-record';
import { trialLink } from '../../src/console/trial.ts';
import { issueLink, LINK_MS, readLink } from '../../src/users/links.ts';
import { hashPassphrase, verifyPassphrase } from '../../src/users/passphrase.ts';
import { IDLE_MS, SESSION_MS } from '../../src/users/sessions.ts';
import { ATTEMPTS_IN_ALL, ATTEMPTS_MS, ATTEMPTS_PER_NAME } from '../../src/users/sign-in.ts';
import { TOTP_SECRET_BYTES, totpCode } from '../../src/users/totp.ts';
import { openTotpEncryption, totpEncryption, type TotpEncryption } from '../../src/users/totp-encryption.ts';
import { addUser, inviteUser, removeUser } from '../../src/users/users.ts';
import { Browser, type Page } from '../support/browser.ts';
import { reviewOf } from '../support/review.ts';
import { SECRET } from '../support/secret.ts';
import type { World } from '../support/world.ts';

const PASSPHRASE = 'three plain words and a number 7';
const STEP_MS = 30_000;

export function theConsoleIsForSignedInUsers(the: () => World): void {
  const { db, token, addPeople, isRefused } = reviewOf(the);
  /** Argon2id once: it is slow on purpose. */
  let stored: string;
  let totp: TotpEncryption;
  beforeAll(async () => {
    await addPeople();
    totp = await openTotpEncryption(db(), SECRET);
    stored = await hashPassphrase(PASSPHRASE);
  });
  beforeEach(async () => {
    await db().deleteFrom('signInAttempts').execute();
  });

  let users = 0;
  const newUser = async (role: Role = 'reviewer'): Promise<Name> => {
    const name = `guest-${++users}` as Name;
    await addUser(db(), token('root'), { name, role }, the().now);
    return name;
  };
  const invite = (name: Name): Promise<string> => inviteUser(db(), token('root'), name, the().now);
  /** A user who has set up their sign-in. */
  const withPassphrase = async (): Promise<{ name: Name; totpSecret: Uint8Array }> => {
    const [name, totpSecret] = [await newUser(), randomBytes(TOTP_SECRET_BYTES)];
    const encrypted = await totp.encrypt(name, totpSecret);
    await db()
      .insertInto('credentials')
      .values({ name, passphrase: stored, totpSecret: encrypted, lastStep: 0 })
      .execute();
    return { name, totpSecret };
  };
  /** What the form of a link has, filled in rightly unless said otherwise. */
  const useLink = async (browser: Browser, link: string, change: Record<string, string> = {}): Promise<Page> => {
    const secret = (await readLink(db(), link, the().now))?.totpSecret ?? randomBytes(TOTP_SECRET_BYTES);
    const fields = { link, passphrase: PASSPHRASE, again: PASSPHRASE, code: totpCode(secret, the().now) };
    return browser.post('/link', { ...fields, ...change });
  };
  const signIn = (browser: Browser, name: string, code: string, passphrase = PASSPHRASE): Promise<Page> =>
    browser.post('/sign-in', { name, passphrase, code });
  const isSignedIn = async (browser: Browser): Promise<boolean> => (await browser.get('/cases')).status === 200;

  describe('a one-time link', () => {
    test('asks for a passphrase and a code, shows the key of the authenticator, and signs in once', async () => {
      const [name, browser] = [await newUser(), Browser.of(the())];
      const link = await invite(name);
      for (let i = 0; i < 2; i++) {
        const { status, html } = await browser.get(`/link?link=${link}`);
        expect([status, html]).toEqual([
          200,
          expect.stringMatching(/<svg[^]*class="key">([A-Z2-7]{4} ){7}[A-Z2-7]{4}</),
        ]);
      }
      const used = await useLink(browser, link);
      expect([used.status, used.location]).toEqual([303, '/']);
      expect(used.headers.get('set-cookie')).toMatch(
        /^lodestone-console=lss_[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
      );
      expect(await isSignedIn(browser)).toBe(true);
      expect((await useLink(Browser.of(the()), link)).status).toBe(410);
      expect((await browser.get(`/link?link=${link}`)).status).toBe(410);
    });
    test.each([
      ['a wrong code', { code: '000000' }, /not the one that your authenticator shows/],
      ['a short passphrase', { passphrase: 'short', again: 'short' }, /needs 12 to 256 characters/],
      ['two passphrases that differ', { again: 'something else' }, /The two passphrases differ/],
    ])('with %s says so, and still works', async (_, change, why) => {
      const [name, browser] = [await newUser(), Browser.of(the())];
      const link = await invite(name);
      const { status, html } = await useLink(browser, link, change);
      expect([status, html]).toEqual([400, expect.stringMatching(why)]);
      expect(browser.session).toBe('');
      expect((await useLink(browser, link)).status).toBe(303);
    });
    test('ends after 24 hours, with a newer one, and with its user', async () => {
      const [first, second] = [await newUser(), await newUser()];
      const browser = Browser.of(the());
      const link = await invite(first);
      the().now += LINK_MS['set-up'];
      expect((await useLink(browser, link)).status).toBe(410);
      const [old, newer] = [await invite(first), await invite(first)];
      expect([(await useLink(browser, old)).status, (await useLink(browser, newer)).status]).toEqual([410, 303]);
      const removed = await invite(second);
      await removeUser(db(), token('root'), second, the().now);
      expect((await useLink(browser, removed)).status).toBe(410);
      the().now -= LINK_MS['set-up'];
    });
    test('replaces the passphrase before it, ends the sessions of before, and is in the record', async () => {
      const { name, totpSecret } = await withPassphrase();
      const browser = Browser.of(the());
      expect((await signIn(browser, name, totpCode(totpSecret, the().now))).status).toBe(303);
      const other = Browser.of(the());
      expect((await useLink(other, await invite(name))).status).toBe(303);
      expect([await isSignedIn(browser), await isSignedIn(other)]).toEqual([false, true]);
      the().now += STEP_MS;
      expect((await signIn(browser, name, totpCode(totpSecret, the().now))).status).toBe(401);
      the().now -= STEP_MS;
      const { line } = await db()
        .selectFrom('recordEntries')
        .select('line')
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow();
      expect(parseRecordLine(line)).toMatchObject({ actor: 'root', type: 'user', action: 'invite', user: name });
    });
    test('is made by an administrator, for a user who exists', async () => {
      await expect(inviteUser(db(), token('lea'), await newUser(), the().now)).rejects.toMatchObject(
        isRefused('only an administrator'),
      );
      await expect(invite('nobody-here' as Name)).rejects.toMatchObject(isRefused('there is no user'));
    });
    test('of a trial signs in without a passphrase, within 10 minutes, and not beside users', async () => {
      const name = await newUser('lead');
      const browser = Browser.of(the());
      const link = await issueLink(db(), name, 'trial', the().now);
      the().now += LINK_MS.trial;
      expect((await browser.post('/link', { link })).status).toBe(410);
      the().now -= LINK_MS.trial;
      expect((await browser.post('/link', { link })).status).toBe(303);
      expect((await browser.post('/link', { link })).status).toBe(410);
      await expect(trialLink(db(), the().now)).rejects.toMatchObject({ code: 'ERR_RECEIVER' });
    });
  });

  describe('signing in', () => {
    test('needs name, passphrase and code; a wrong one of them gets the same page', async () => {
      const { name, totpSecret } = await withPassphrase();
      const [browser, code] = [Browser.of(the()), totpCode(totpSecret, the().now)];
      const wrong = code === '123456' ? '654321' : '123456';
      const pages = [
        await signIn(browser, name, wrong),
        await signIn(browser, name, ''),
        await signIn(browser, name, code, 'not the passphrase'),
        await signIn(browser, 'nobody-here', code),
        await signIn(browser, '<script>', code),
      ];
      expect(new Set(pages.map(({ status, html }) => `${status} ${html}`)).size).toBe(1);
      expect(pages[0]?.status).toBe(401);
      expect((await signIn(browser, ` ${name} `, code)).status).toBe(303);
    });
    test('takes a code once, also one of the step before or after', async () => {
      const { name, totpSecret } = await withPassphrase();
      const browser = Browser.of(the());
      const at = (steps: number): string => totpCode(totpSecret, the().now + steps * STEP_MS);
      expect((await signIn(browser, name, at(-2))).status).toBe(401);
      expect((await signIn(browser, name, at(0))).status).toBe(303);
      expect((await signIn(browser, name, at(0))).status).toBe(401);
      expect((await signIn(browser, name, at(-1))).status).toBe(401);
      expect((await signIn(browser, name, at(1))).status).toBe(303);
    });
    test('with one code at the same moment, or with one link, makes one session', async () => {
      const { name, totpSecret } = await withPassphrase();
      const code = totpCode(totpSecret, the().now);
      const both = await Promise.all([Browser.of(the()), Browser.of(the())].map((each) => signIn(each, name, code)));
      expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 401]);
      const link = await invite(await newUser());
      const used = await Promise.all([Browser.of(the()), Browser.of(the())].map((each) => useLink(each, link)));
      expect(used.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 410]);
    });
    test('of a removed user fails', async () => {
      const { name, totpSecret } = await withPassphrase();
      await removeUser(db(), token('root'), name, the().now);
      expect((await signIn(Browser.of(the()), name, totpCode(totpSecret, the().now))).status).toBe(401);
    });
    test('is limited for each name, and in all', async () => {
      const { name, totpSecret } = await withPassphrase();
      const other = await withPassphrase();
      const browser = Browser.of(the());
      const tried = (of: Name, times: number) =>
        db()
          .insertInto('signInAttempts')
          .values(Array.from({ length: times }, () => ({ name: of, at: the().now })))
          .execute();
      await tried(name, ATTEMPTS_PER_NAME - 1);
      expect((await signIn(browser, name, 'wrong')).status).toBe(401);
      expect((await signIn(browser, name, totpCode(totpSecret, the().now))).status).toBe(429);
      expect((await signIn(browser, other.name, totpCode(other.totpSecret, the().now))).status).toBe(303);
      await tried('somebody' as Name, ATTEMPTS_IN_ALL - ATTEMPTS_PER_NAME);
      the().now += STEP_MS;
      expect((await signIn(browser, other.name, totpCode(other.totpSecret, the().now))).status).toBe(429);
      the().now += ATTEMPTS_MS;
      expect((await signIn(browser, name, totpCode(totpSecret, the().now))).status).toBe(303);
      the().now -= ATTEMPTS_MS + STEP_MS;
    });
    test('verifies a passphrase as it was typed on another system, and none for nobody', async () => {
      expect(await verifyPassphrase(PASSPHRASE, undefined)).toBe(false);
      const composed = await hashPassphrase('Schlüsselwort é');
      expect(await verifyPassphrase('Schlüsselwort é'.normalize('NFD'), composed)).toBe(true);
      expect(composed).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
    });
  });

  describe('a second factor', () => {
    const storedFactor = async (name: Name): Promise<Uint8Array> =>
      (await db().selectFrom('credentials').select('totpSecret').where('name', '=', name).executeTakeFirstOrThrow())
        .totpSecret;
    const put = (name: Name, totpSecret: Uint8Array) =>
      db().updateTable('credentials').set({ totpSecret }).where('name', '=', name).execute();
    const other = totpEncryption({ kind: 'key', key: new Uint8Array(32) }, new Uint8Array(16));

    test('is in no table, neither of a link nor of a user', async () => {
      const name = await newUser();
      const link = await invite(name);
      const secret = (await readLink(db(), link, the().now))?.totpSecret ?? new Uint8Array();
      expect(secret).toHaveLength(TOTP_SECRET_BYTES);
      const { totpSalt } = await db()
        .selectFrom('signInLinks')
        .select('totpSalt')
        .where('name', '=', name)
        .executeTakeFirstOrThrow();
      expect(Buffer.from(totpSalt).equals(secret)).toBe(false);
      expect((await useLink(Browser.of(the()), link)).status).toBe(303);
      expect(Buffer.from(await storedFactor(name)).includes(secret)).toBe(false);
      expect(Buffer.from(await totp.decrypt(name, await storedFactor(name)))).toEqual(Buffer.from(secret));
    });
    test('of an earlier release is encrypted at the start, and signs in as before', async () => {
      const { name, totpSecret } = await withPassphrase();
      await put(name, totpSecret);
      expect(await openTotpEncryption(db(), SECRET)).toMatchObject({ unreadable: 0 });
      expect(await storedFactor(name)).toHaveLength(66);
      expect((await signIn(Browser.of(the()), name, totpCode(totpSecret, the().now))).status).toBe(303);
    });
    test('with any byte changed, of another user, or encrypted with another secret, does not decrypt; the error names what to do', async () => {
      const [{ name, totpSecret }, { name: second }] = [await withPassphrase(), await withPassphrase()];
      const encrypted = await storedFactor(name);
      for (let i = 0; i < encrypted.length; i++)
        await expect(
          totp.decrypt(
            name,
            encrypted.map((byte, at) => (at === i ? byte ^ 1 : byte)),
          ),
        ).rejects.toMatchObject({
          code: 'ERR_RECEIVER',
        });
      await expect(totp.decrypt(second, encrypted)).rejects.toThrow(/second factor of guest-\d+: .* users invite/);
      await put(name, await other.encrypt(name, totpSecret));
      expect(await openTotpEncryption(db(), SECRET)).toMatchObject({ unreadable: 1 });
      const scrypt = totpEncryption({ kind: 'passphrase', passphrase: 'correct horse battery' }, new Uint8Array(16));
      await expect(scrypt.decrypt(name, encrypted)).rejects.toThrow(/it needs LODESTONE_RECEIVER_KEY/);
      const code = totpCode(totpSecret, the().now);
      const { status, html } = await signIn(Browser.of(the()), name, code);
      expect([status, html]).toEqual([500, expect.stringContaining('another passphrase or key')]);
      expect((await signIn(Browser.of(the()), name, code, 'not the passphrase')).status).toBe(401);
      expect((await useLink(Browser.of(the()), await invite(name))).status).toBe(303);
    });
  });

  test('a clock that was ahead for a while leaves no session, no link and no limit that lasts longer than others', async () => {
    const { name, totpSecret } = await withPassphrase();
    const start = the().now;
    the().now += 365 * SESSION_MS;
    const ahead = await Browser.signedIn(the(), name);
    const link = await invite(await newUser());
    for (let i = 0; i < ATTEMPTS_PER_NAME; i++)
      await db().insertInto('signInAttempts').values({ name, at: the().now }).execute();
    expect([await isSignedIn(ahead), (await useLink(Browser.of(the()), link, { code: '' })).status]).toEqual([
      true,
      400,
    ]);
    the().now = start;
    expect(await isSignedIn(ahead)).toBe(false);
    expect((await useLink(Browser.of(the()), link)).status).toBe(410);
    expect((await signIn(ahead, name, totpCode(totpSecret, start))).status).toBe(303);
    expect(await db().selectFrom('sessions').select('name').where('startedAt', '>', start).execute()).toEqual([]);
  });

  describe('a session', () => {
    test('is always a new one: a cookie that was planted before is not signed in, and the one before ends', async () => {
      const { name, totpSecret } = await withPassphrase();
      const planted = `lss_${'A'.repeat(43)}`;
      const victim = Browser.of(the());
      victim.session = planted;
      expect((await signIn(victim, name, totpCode(totpSecret, the().now))).status).toBe(303);
      expect(victim.session).not.toBe(planted);
      const attacker = Browser.of(the());
      attacker.session = planted;
      expect(await isSignedIn(attacker)).toBe(false);
      attacker.session = victim.session;
      the().now += STEP_MS;
      expect((await signIn(victim, name, totpCode(totpSecret, the().now))).status).toBe(303);
      the().now -= STEP_MS;
      expect([await isSignedIn(attacker), await isSignedIn(victim)]).toEqual([false, true]);
    });
    test('ends when it is idle for 30 minutes, after 8 hours, at sign-out, and when its user is removed', async () => {
      const start = the().now;
      const name = await newUser();
      const idle = await Browser.signedIn(the(), name);
      const busy = await Browser.signedIn(the(), name);
      for (; the().now < start + SESSION_MS; the().now += IDLE_MS - 1) expect(await isSignedIn(busy)).toBe(true);
      expect([await isSignedIn(idle), await isSignedIn(busy)]).toEqual([false, false]);
      the().now = start;
      const [out, removed] = [await Browser.signedIn(the(), name), await Browser.signedIn(the(), name)];
      const { session } = out;
      expect((await out.post('/sign-out')).location).toBe('/sign-in');
      out.session = session;
      expect([await isSignedIn(out), await isSignedIn(removed)]).toEqual([false, true]);
      await removeUser(db(), token('root'), name, the().now);
      expect(await isSignedIn(removed)).toBe(false);
    });
    test.each(['', 'x', `lss_${'A'.repeat(43)}`, `lsu_${'A'.repeat(43)}`])(
      'with the cookie %j is none',
      async (cookie) => {
        const browser = Browser.of(the());
        browser.session = cookie;
        for (const path of [
          '/',
          '/cases',
          '/cases/1',
          '/contests',
          '/floods',
          '/floods/1',
          '/lookups',
          '/overview',
          '/users',
          '/record',
          '/record.ndjson',
        ]) {
          const { status, html } = await browser.get(path);
          expect([path, status]).toEqual([path, 401]);
          expect(html).toContain('name="passphrase"');
        }
      },
    );
    test('with the token of a user, which is for the command line, is none', async () => {
      const browser = Browser.of(the());
      browser.session = token('lea');
      expect((await browser.get('/cases')).status).toBe(401);
    });
    test('and a link are in the database as digests only', async () => {
      const name = await newUser();
      const browser = await Browser.signedIn(the(), name);
      const link = await invite(name);
      const rows = [
        await db().selectFrom('sessions').selectAll().execute(),
        await db().selectFrom('signInLinks').select(['digest', 'name', 'kind', 'endsAt']).execute(),
      ];
      const text = Buffer.from(
        JSON.stringify(rows, (_, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
        ),
      );
      expect(text.includes(browser.session)).toBe(false);
      expect(text.includes(link)).toBe(false);
      expect(the().log.join('\n')).not.toContain(browser.session);
      expect(the().log.join('\n')).not.toContain(link);
    });
  });
}
