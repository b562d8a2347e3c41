/** The line to write in. Files come by button, paste, or drag and drop. */
import { useRef } from 'react';
import { useSession } from '../session.ts';
import { Icon } from './icon.tsx';

interface Props {
  joined: boolean;
  sendFiles(files: FileList | null): void;
  /** A file is likely to follow. */
  prepare(): void;
}

export function Composer({ joined, sendFiles, prepare }: Props) {
  const { conversation } = useSession();
  const files = useRef<HTMLInputElement>(null);
  // Not with `action`: React empties such a form when it next renders, and what a fast writer has typed by then would be lost.
  const submit = (form: HTMLFormElement): void => {
    const words = new FormData(form).get('words');
    if (typeof words === 'string' && words.trim()) conversation.sendText(words.trim());
    form.reset();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit(event.currentTarget);
      }}
    >
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Files"
        onChange={(event) => {
          sendFiles(event.target.files);
          event.target.value = '';
        }}
      />
      <button
        type="button"
        className="icon-button"
        disabled={!joined}
        onClick={() => {
          prepare();
          files.current?.click();
        }}
      >
        <Icon name="attach" />
        <span className="unseen">Attach a picture, video or file</span>
      </button>
      <input
        id="words"
        name="words"
        autoComplete="off"
        maxLength={2_000}
        placeholder="Message"
        aria-label="Message to the group"
        disabled={!joined}
      />
      <button type="submit" className="icon-button send" disabled={!joined}>
        <Icon name="send" />
        <span className="unseen">Send</span>
      </button>
    </form>
  );
}

/** For a button that goes away when it was pressed. */
export function focusComposer(): void {
  document.querySelector<HTMLElement>('#words')?.focus();
}
