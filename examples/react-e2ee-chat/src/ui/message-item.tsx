/** One message: who, when, words or a file, and how far it got. */
import type { Message, Stage } from '../chat/message.ts';
import { Attachment } from './attachment.tsx';
import { Avatar, Icon } from './icon.tsx';

const OWN: Partial<Record<Stage, { icon: 'clock' | 'sent'; text: string }>> = {
  queued: { icon: 'clock', text: 'Waiting' },
  sent: { icon: 'sent', text: 'Sent' },
};

export function MessageItem({ message }: { message: Message }) {
  const { mine, from, at, text, file, stage, event } = message;
  const time = new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (event === 'joined') {
    return (
      <p className="event">
        {from} joined · {time}
      </p>
    );
  }
  const standing = mine ? OWN[stage] : undefined;
  return (
    <article className="message" data-mine={mine} data-stage={stage} aria-label={`${mine ? 'You' : from}, ${time}`}>
      {!mine && <Avatar name={from} />}
      <div className="bubble">
        {!mine && <p className="from">{from}</p>}
        {file ? <Attachment message={message} file={file} /> : <p className="words">{text}</p>}
        <p className="time">
          {time}
          {standing && (
            <span className="standing">
              <Icon name={standing.icon} />
              <span className="unseen">{standing.text}</span>
            </span>
          )}
        </p>
      </div>
    </article>
  );
}
