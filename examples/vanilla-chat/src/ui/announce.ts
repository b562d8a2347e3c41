/** One live region for the page: says to screen readers what a sighted person sees happen to a picture. */

export function announce(text: string): void {
  const region = document.querySelector('#announcements');
  if (!region) return;
  // A new element each time, so that the same words twice are also said twice.
  const line = document.createElement('p');
  line.textContent = text;
  region.replaceChildren(line);
}
