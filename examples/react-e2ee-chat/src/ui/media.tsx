/** A picture, the player of a video, or a file to save. Rendered only for a file that may be shown, so no poster is seen before. */
import { useEffect, useState } from 'react';
import { type Attached, kindOf, type Message } from '../chat/message.ts';
import { Icon } from './icon.tsx';

export function Media({ message, file }: { message: Message; file: Attached }) {
  const [broken, setBroken] = useState(false);
  const kind = broken ? 'file' : kindOf(file);
  const url = useObjectUrl(file.blob, kind === 'file' ? 'application/octet-stream' : file.type);
  if (!url) return <FileRow file={file} note="" />;
  const from = message.mine ? 'you' : message.from;
  if (kind === 'picture') {
    return (
      <img className="picture" src={url} alt={`Picture from ${from}: ${file.name}`} onError={() => setBroken(true)} />
    );
  }
  if (kind === 'video') {
    const label = `Video from ${from}: ${file.name}`;
    return (
      <video
        className="picture"
        src={url}
        controls
        playsInline
        preload="metadata"
        aria-label={label}
        onError={() => setBroken(true)}
      />
    );
  }
  return (
    <a className="save" href={url} download={file.name}>
      <FileRow file={file} note="Save" />
    </a>
  );
}

export function FileRow({ file, note }: { file: Attached; note: string }) {
  return (
    <span className="file-row">
      <Icon name="file" />
      <span>
        <span className="file-name">{file.name || 'File'}</span>
        <span className="file-note">{[sizeOf(file.size), note].filter(Boolean).join(' · ')}</span>
      </span>
    </span>
  );
}

/** @param type a page that somebody sent must not run as a page of this app, so a file to save has none of the types that browsers open */
function useObjectUrl(blob: Blob | undefined, type: string): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!blob) return undefined;
    const made = URL.createObjectURL(blob.slice(0, blob.size, type));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob, type]);
  return url;
}

function sizeOf(bytes: number): string {
  return bytes < 999_500 ? `${Math.max(1, Math.round(bytes / 1_000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
