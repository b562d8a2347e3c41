/** The first page: start a group, or join the one of the invitation. */
import { PEOPLE, type Person } from '../session.ts';
import { Avatar, Icon, Logo } from './icon.tsx';

interface Props {
  choose(person: Person): void;
  opening: Person | undefined;
  problem: string | undefined;
}

export function Welcome({ choose, opening, problem }: Props) {
  const invited = location.hash.length > 1;
  return (
    <main className="welcome">
      <div className="welcome-card">
        <Logo />
        <h1>Cairn</h1>
        <p className="lead">
          {invited ? 'You are invited to a group. Join it as:' : 'A private group chat by Pebble. Start a group as:'}
        </p>
        <ul className="people">
          {PEOPLE.map((person) => (
            <li key={person}>
              <button type="button" disabled={opening !== undefined} onClick={() => choose(person)}>
                <Avatar name={person} />
                <span>{person}</span>
                <small>{opening === person ? 'Opening…' : invited ? 'Join' : 'Start'}</small>
              </button>
            </li>
          ))}
        </ul>
        {problem && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <ul className="promises">
          <li>
            <Icon name="lock" /> Messages and files are encrypted on this device. The relay has no key.
          </li>
          <li>
            <Icon name="shield" /> Pictures and videos are checked on this device before they are encrypted, and before
            they are shown.
          </li>
        </ul>
      </div>
    </main>
  );
}
