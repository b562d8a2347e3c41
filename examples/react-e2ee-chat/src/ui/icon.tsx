/** Line icons, avatars and the logo. All are decoration: the text beside them says the same. */
const PATHS = {
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  shield: 'M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5-4.5-1.5-7.5-5-7.5-9.5V6zM8.8 12l2.3 2.4 4.3-4.8',
  attach: 'M20 11.5l-8.4 8.3a5 5 0 0 1-7.1-7l8.6-8.6a3.4 3.4 0 0 1 4.8 4.8l-8.5 8.4a1.6 1.6 0 0 1-2.3-2.3l7.5-7.4',
  send: 'M4 12l16-8-6 16-3-6.5zM11 13.500L20 4',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4M9 13h6M9 17h6',
  stop: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.700 5.700l12.600 12.600',
  ask: 'M12 4l9 16H3zM12 10v4.500M12 17.300v.1',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.500 2',
  sent: 'M5 12.500l4.500 4.500L19 7.500',
  news: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.500M12 7.500v.1',
  group:
    'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c0-4 3-6 6.500-6s6.500 2 6.500 6M16 4.500a3.300 3.300 0 0 1 0 6.300M18 14.500c2.200.8 3.500 2.700 3.500 5.500',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.700-5.700l-1.300 1.300M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.700 5.700l1.300-1.300',
  close: 'M6 6l12 12M18 6L6 18',
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  return <img className="logo" src="./cairn.svg" alt="" width="56" height="56" />;
}

export function Avatar({ name }: { name: string }) {
  const hue = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0) * 61, 0) % 360;
  return (
    <span className="avatar" style={{ '--hue': hue } as React.CSSProperties} aria-hidden="true">
      {name.slice(0, 1)}
    </span>
  );
}
