/** The app: who uses it, then the chat. */
import { useEffect, useRef, useState } from 'react';
import { GuardProvider } from '@lodestone/client/react';
import { lastPerson, openSession, type Person, type Session, SessionContext } from '../session.ts';
import { ChatPage } from './chat-page.tsx';
import { Welcome } from './welcome.tsx';

type Stage =
  | { is: 'choosing'; problem?: string }
  | { is: 'opening'; person: Person }
  | { is: 'open'; session: Session };

export function App() {
  const [stage, setStage] = useState<Stage>({ is: 'choosing' });
  const started = useRef(false);

  const open = async (person: Person): Promise<void> => {
    setStage({ is: 'opening', person });
    try {
      const opened = await openSession(person, location.hash);
      setStage(
        'session' in opened
          ? { is: 'open', session: opened.session }
          : { is: 'choosing', problem: `${person} is open in another tab of this browser.` },
      );
    } catch (error) {
      console.error(error);
      setStage({ is: 'choosing', problem: 'The chat’s server cannot be reached. Try again.' });
    }
  };
  useEffect(() => {
    const person = lastPerson();
    if (started.current || !person) return; // once, also in StrictMode
    started.current = true;
    void open(person);
  }, []);

  if (stage.is !== 'open') {
    return (
      <Welcome
        choose={(person) => void open(person)}
        opening={stage.is === 'opening' ? stage.person : undefined}
        problem={stage.is === 'choosing' ? stage.problem : undefined}
      />
    );
  }
  const signOut = (): void => {
    stage.session.close();
    history.replaceState(undefined, '', location.pathname);
    setStage({ is: 'choosing' });
  };
  return (
    <GuardProvider guard={stage.session.guard}>
      <SessionContext value={stage.session}>
        <ChatPage signOut={signOut} />
      </SessionContext>
    </GuardProvider>
  );
}
