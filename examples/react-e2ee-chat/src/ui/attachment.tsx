/**
 * A file of a message, and both checks of it: an outgoing file before it is encrypted, a received one after it was decrypted.
 * Promise: without the answer `allow`, or the person's yes to a warning, an outgoing file is not released and no file is shown.
 */
import { useEffect } from 'react';
import type { Check } from '@lodestone/client';
import { type CheckState, useCheck, useGuardStatus } from '@lodestone/client/react';
import type { Attached, Message } from '../chat/message.ts';
import { explain, inLanguage, ordersOf } from '../guard/sentences.ts';
import { useSession } from '../session.ts';
import { focusComposer } from './composer.tsx';
import { Icon } from './icon.tsx';
import { FileRow, Media } from './media.tsx';

interface Props {
  message: Message;
  file: Attached;
}

export function Attachment({ message, file }: Props) {
  const { conversation } = useSession();
  const { id, mine, stage, accepted } = message;
  const isDue = stage === 'unchecked' || (stage === 'here' && !accepted);
  const checked = useCheck(isDue ? file.blob : undefined, { surface: mine ? 'send' : 'receive' });
  const isAllowed = checked.state === 'checked' && checked.check.action === 'allow';
  useEffect(() => {
    if (stage === 'unchecked' && isAllowed) conversation.release(id); // a second call does nothing
  }, [conversation, id, stage, isAllowed]);

  if (stage === 'too-large') return <FileRow file={file} note="Not sent: 32 MB at most" />;
  if (stage === 'fetching') return <FileRow file={file} note="Arriving…" />;
  if (stage === 'damaged') return <FileRow file={file} note="Damaged on its way" />;
  if (!isDue || isAllowed) return <Media message={message} file={file} />;
  return <Standing checked={checked} message={message} file={file} />;
}

/** What stands in the place of a file that is not shown. */
function Standing({ checked, message, file }: Props & { checked: CheckState }) {
  const { conversation } = useSession();
  const { id, mine } = message;
  const remove = (): void => {
    conversation.remove(id);
    focusComposer();
  };
  switch (checked.state) {
    case 'none':
    case 'checking':
      return (
        <Progress
          file={file}
          percent={checked.state === 'checking' ? checked.percent : 0}
          cancel={mine ? remove : undefined}
        />
      );
    case 'failed':
      return (
        <div className="card" data-action="block">
          <p className="card-heading">
            <Icon name="stop" /> {mine ? 'Not sent' : 'Not shown'}
          </p>
          <p>The check of {file.name} failed.</p>
        </div>
      );
    case 'checked':
      return <Answer check={checked.check} message={message} file={file} remove={remove} />;
  }
}

function Progress({ file, percent, cancel }: { file: Attached; percent: number; cancel: (() => void) | undefined }) {
  return (
    <div className="checking">
      <FileRow file={file} note={`Checking on this device · ${percent} %`} />
      <progress max={100} value={percent} aria-label={`Checking on this device: ${file.name}`} />
      {cancel && (
        <button type="button" className="quiet" onClick={cancel}>
          Cancel
        </button>
      )}
    </div>
  );
}

function Answer({ check, message, file, remove }: Props & { check: Check; remove: () => void }) {
  const { conversation } = useSession();
  const orders = ordersOf(useGuardStatus(), check);
  const { id, mine } = message;
  const { heading, text } = explain(check, mine);
  const asks = check.action === 'warn';
  const goOn = (): void => {
    if (mine) conversation.release(id);
    else conversation.accept(id);
    focusComposer();
  };
  return (
    <div className="card" data-action={check.action} data-outcome={check.outcome}>
      <p className="card-heading">
        <Icon name={asks ? 'ask' : 'stop'} /> {heading}
      </p>
      <p className="card-file">{file.name}</p>
      <p>{text}</p>
      {orders.map(({ orderDigest, order }) => (
        <details key={orderDigest}>
          <summary>Why, and where to find help</summary>
          <p>{inLanguage(order.summary)}</p>
          <ul>
            {order.help.map((line) => (
              <li key={line.name}>
                <a href={'url' in line ? line.url : `tel:${line.phone}`} target="_blank" rel="noreferrer">
                  {line.name}
                </a>
              </li>
            ))}
          </ul>
        </details>
      ))}
      <div className="answers">
        {asks && (
          <button type="button" className="primary" onClick={goOn}>
            {mine ? 'Send anyway' : 'Show anyway'}
          </button>
        )}
        {mine && (
          <button type="button" onClick={remove}>
            {asks ? 'Do not send' : 'Remove'}
          </button>
        )}
      </div>
    </div>
  );
}
