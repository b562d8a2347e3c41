/** The chat: the group at the side (on a phone, in a dialog), the messages, and the line to write in. */
import { useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useGuard, useGuardStatus } from '@lodestone/client/react';
import type { View } from '../chat/conversation.ts';
import { guardLine } from '../guard/sentences.ts';
import { useSession } from '../session.ts';
import { Composer } from './composer.tsx';
import { GroupPanel } from './group-panel.tsx';
import { Icon } from './icon.tsx';
import { MessageItem } from './message-item.tsx';
import { Notices } from './notices.tsx';

export function ChatPage({ signOut }: { signOut: () => void }) {
  const { conversation } = useSession();
  const guard = useGuard();
  const view = useSyncExternalStore(conversation.subscribe, () => conversation.view);
  const [dragging, setDragging] = useState(false);
  const sendFiles = (files: FileList | null | undefined): void => {
    if (view.joined) for (const file of files ?? []) conversation.sendFile(file);
  };
  return (
    <div className="page">
      <aside className="side" aria-label="Group and checks">
        <GroupPanel view={view} signOut={signOut} />
      </aside>
      <main
        className="chat"
        data-dragging={dragging}
        onPaste={(event) => sendFiles(event.clipboardData.files)}
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes('Files')) return;
          event.preventDefault();
          setDragging(true);
        }}
        onDragLeave={() => setDragging(false)}
        onDrop={(event) => {
          event.preventDefault();
          setDragging(false);
          sendFiles(event.dataTransfer.files);
        }}
      >
        <Header view={view} signOut={signOut} />
        <Notices />
        <Messages view={view} />
        <Composer joined={view.joined} sendFiles={sendFiles} prepare={() => guard.prepare({ surface: 'send' })} />
      </main>
    </div>
  );
}

function Header({ view, signOut }: { view: View; signOut: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <header className="chat-header">
      <div className="chat-title">
        <h1>Our group</h1>
        <p>{view.joined ? view.members.join(', ') : 'Joining…'}</p>
      </div>
      <GuardChip />
      <button type="button" className="icon-button phone-only" onClick={() => dialog.current?.showModal()}>
        <Icon name="group" />
        <span className="unseen">Group and checks</span>
      </button>
      <dialog ref={dialog} className="sheet" aria-label="Group and checks">
        <button type="button" className="icon-button sheet-close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
          <span className="unseen">Close</span>
        </button>
        <GroupPanel view={view} signOut={signOut} />
      </dialog>
    </header>
  );
}

function GuardChip() {
  const status = useGuardStatus();
  const { state, text } = guardLine(status);
  return (
    <p className="chip" data-state={state} data-armed={status.outbox.armed.length > 0} role="status">
      <Icon name="shield" />
      <span>{text}</span>
    </p>
  );
}

function Messages({ view }: { view: View }) {
  const list = useRef<HTMLDivElement>(null);
  const { length } = view.messages;
  const showNewest = (): void => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  };
  useLayoutEffect(showNewest, [length]);
  return (
    <>
      {!view.online && (
        <p className="offline" role="status">
          <Icon name="clock" /> Offline. What you send waits on this device.
        </p>
      )}
      <div
        className="messages"
        role="log"
        aria-label="Messages"
        tabIndex={0}
        ref={list}
        // A picture or video has no height before it has loaded.
        onLoadCapture={showNewest}
        onLoadedMetadataCapture={showNewest}
      >
        {length === 0 && <Empty joined={view.joined} online={view.online} />}
        {view.messages.map((message) => (
          <MessageItem key={message.id} message={message} />
        ))}
      </div>
    </>
  );
}

function Empty({ joined, online }: { joined: boolean; online: boolean }) {
  return (
    <div className="empty">
      <Icon name="lock" />
      {joined ? (
        <p>No messages yet. Only members of this group can read what is sent from now on.</p>
      ) : (
        <p>{online ? 'Joining the group…' : 'Waiting for the relay…'}</p>
      )}
    </div>
  );
}
