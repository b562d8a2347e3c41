/** Users, for administrators, and the record, for them and auditors. Flow: routes → here → users, record. Spec: docs/design/receiver.md#console */
import { type Role, ROLES } from '@lodestone/protocol/case-review';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { html } from 'hono/html';
import { stream } from 'hono/streaming';
import { exportRecord } from '../record/export.ts';
import { addUser, inviteUser, type ListedUser, listUsers, removeUser } from '../users/users.ts';
import { asFile } from './download.ts';
import { hidden, page } from './frame.ts';
import { type Html, type Route, textOf, type Visit } from './visit.ts';

export const USER_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/users', action: 'manage users', handle: (visit) => showUsers(visit) },
  { method: 'POST', path: '/users', action: 'manage users', handle: add },
  { method: 'POST', path: '/users/:name{[a-z0-9-]{1,64}}/invite', action: 'manage users', handle: invite },
  { method: 'POST', path: '/users/:name{[a-z0-9-]{1,64}}/remove', action: 'manage users', handle: remove },
  { method: 'GET', path: '/record', action: 'export the record', handle: showRecord },
  { method: 'GET', path: '/record.ndjson', action: 'export the record', handle: downloadRecord },
];

const nameOf = ({ c }: Visit): Name => check(Name, c.req.param('name') ?? '', 'name');

async function add(visit: Visit): Promise<Response> {
  const { db, session, now, form } = visit;
  const role = ROLES.find((each): each is Role => each === form.get('role'));
  if (role === undefined) throw new LodestoneError('ERR_CASE', 'choose a role');
  const name = check(Name, textOf(visit, 'name') ?? '', 'name');
  await addUser(db, session, { name, role }, now());
  return showUsers(visit, { name, token: await inviteUser(db, session, name, now()) });
}

async function invite(visit: Visit): Promise<Response> {
  const { db, session, now } = visit;
  const name = nameOf(visit);
  return showUsers(visit, { name, token: await inviteUser(db, session, name, now()) });
}

async function remove(visit: Visit): Promise<Response> {
  await removeUser(visit.db, visit.session, nameOf(visit), visit.now());
  return visit.c.redirect('/users', 303);
}

/** @param link to show, once */
async function showUsers(visit: Visit, link?: { name: Name; token: string }): Promise<Response> {
  const { c, db, session, origin } = visit;
  const users = await listUsers(db);
  return c.html(
    page(
      visit,
      'Users',
      '/users',
      html`<h1>Users</h1>
        ${link ? linkNotice(link, origin ?? new URL(c.req.url).origin) : ''}
        <form class="filters card pad" method="post" action="/users">
          ${hidden(session)}
          <label
            >Name
            <input
              name="name"
              required
              maxlength="64"
              pattern="[a-z0-9-]+"
              title="lower-case letters, digits and hyphens"
              autocomplete="off"
              autocapitalize="none"
              spellcheck="false"
          /></label>
          <label
            >Role
            <select name="role">
              ${ROLES.map((role) => html`<option>${role}</option>`)}
            </select></label
          >
          <button class="primary">Add a user</button>
        </form>
        <p class="soft">
          Give each person one name: two names of one person defeat the rule that two people confirm. A name is never
          used again.
        </p>
        <div class="card scroll" role="region" aria-label="Users" tabindex="0">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Role</th>
                <th scope="col">Actions</th>
              </tr>
            </thead>
            <tbody>
              ${users.map((each) => userRow(visit, each))}
            </tbody>
          </table>
        </div>`,
    ),
  );
}

function linkNotice({ name, token }: { name: Name; token: string }, origin: string): Html {
  return html`<div class="notice" role="status">
    <p>
      <strong>${name}</strong> opens this link, once and within 24 hours, and chooses a passphrase. It is not shown
      again. Hand it over in person or encrypted: who has it becomes ${name}.
    </p>
    <p><code>${origin}/link?link=${token}</code></p>
  </div>`;
}

function userRow({ session, user }: Visit, { name, role, isRemoved }: ListedUser): Html {
  return html`<tr>
    <th scope="row">${name}</th>
    <td>${role}</td>
    <td>
      ${
        isRemoved
          ? html`<span class="soft">removed</span>`
          : html`<form class="inline" method="post" action="/users/${name}/invite">
                ${hidden(session)}
                <button aria-label="New link for ${name}">New link</button>
              </form>
              ${
                name === user.name
                  ? ''
                  : html`<details class="inline">
                      <summary aria-label="Remove ${name}">Remove</summary>
                      <form method="post" action="/users/${name}/remove">
                        ${hidden(session)}
                        <p>Ends the sign-in and all sessions of ${name}, for good.</p>
                        <button class="danger">Remove ${name}</button>
                      </form>
                    </details>`
              }`
      }
    </td>
  </tr>`;
}

function showRecord(visit: Visit): Promise<Response> {
  return Promise.resolve(
    visit.c.html(
      page(
        visit,
        'Record',
        '/record',
        html`<h1>Record</h1>
          <div class="card pad">
            <p>
              Who did what to which case number, and when: no pseudonym, order, entry or text. Each line has the digest
              of the one before.
            </p>
            <p><a class="button" href="/record.ndjson" download>Download the record</a></p>
            <p class="soft">
              <code>lodestone-audit record FILE</code> verifies it. Note the digest of its last entry: at the next visit
              <code>--known DIGEST</code> shows that nothing before it was replaced.
            </p>
          </div>`,
      ),
    ),
  );
}

function downloadRecord({ c, db }: Visit): Promise<Response> {
  asFile(c, 'record.ndjson', 'application/x-ndjson');
  return Promise.resolve(
    stream(c, async (out) => {
      for await (const line of exportRecord(db)) {
        if (out.aborted) return;
        await out.write(`${line}\n`);
      }
    }),
  );
}
