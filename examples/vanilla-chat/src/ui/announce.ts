/** The page's live region: announces changes of pictures to screen readers. */

export function announce(text: string): void {
  const region = document.querySelector('#announcements');
  if (!region) return;
  // A new element each time, so that a repeated text is announced again.
  const line = document.createElement('p');
  line.textContent = text;
  region.replaceChildren(line);
}
