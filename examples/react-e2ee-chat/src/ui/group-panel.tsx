/** The group: its members, the invitation, the code to compare; and what is checked on this device, by which order. */
import { useState } from 'react';
import { useGuard, useGuardStatus } from '@lodestone/client/react';
import type { View } from '../chat/conversation.ts';
import { guardLine, inLanguage } from '../guard/sentences.ts';
import { useSession } from '../session.ts';
import { Avatar, Icon, Logo } from './icon.tsx';

export function GroupPanel({ view, signOut }: { view: View; signOut: () => void }) {
  const { person } = useSession();
  return (
    <div className="panel">
      <div className="brand">
        <Logo />
        <p>Cairn</p>
      </div>
      <section>
        <h2>Members</h2>
        <ul className="members">
          {view.members.map((member, index) => (
            <li key={index}>
              <Avatar name={member} /> {member}
              {member === person && <small>you</small>}
            </li>
          ))}
        </ul>
        <Invite />
      </section>
      {view.code !== '' && (
        <section>
          <h2>Safety code</h2>
          <p className="code">{view.code}</p>
          <p className="soft">
            The same on every member’s device. It changes when somebody joins. Compare it in person.
          </p>
        </section>
      )}
      <Checks />
      <button type="button" className="quiet" onClick={signOut}>
        Sign out of this device
      </button>
    </div>
  );
}

function Invite() {
  const { invitation } = useSession();
  const [copied, setCopied] = useState(false);
  return (
    <>
      <label className="invitation">
        <span className="unseen">Invitation link</span>
        <input readOnly value={invitation} onFocus={(event) => event.target.select()} />
      </label>
      <button
        type="button"
        className="primary"
        onClick={() => void navigator.clipboard.writeText(invitation).then(() => setCopied(true))}
      >
        <Icon name="link" /> {copied ? 'Copied' : 'Copy invitation link'}
      </button>
      <p className="soft">Anyone with the link can join and read what is sent from then on.</p>
    </>
  );
}

function Checks() {
  const guard = useGuard();
  const status = useGuardStatus();
  const active = status.orders.filter(({ state }) => state === 'in-force' || state === 'announced');
  return (
    <section>
      <h2>Checks on this device</h2>
      <p>{guardLine(status).text}.</p>
      {active.map(({ orderDigest, order, state }) => (
        <details key={orderDigest}>
          <summary>
            {order.issuer.authority}: {state === 'announced' ? 'announced' : 'in force'}
          </summary>
          <p>{inLanguage(order.summary)}</p>
        </details>
      ))}
      <button type="button" onClick={() => void save(guard.ledger.export())}>
        Save the log of requests
      </button>
      <p className="soft">Each request that the checks made: lists, orders, and signals of 256 bytes.</p>
    </section>
  );
}

async function save(exported: Promise<Blob>): Promise<void> {
  const url = URL.createObjectURL(await exported);
  const link = Object.assign(document.createElement('a'), { href: url, download: 'ledger.ndjson' });
  link.click();
  URL.revokeObjectURL(url);
}
