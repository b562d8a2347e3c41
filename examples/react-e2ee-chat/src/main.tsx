/** Starts the app, and the service worker with which it opens offline. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './ui/app.tsx';
import './style/page.css';
import './style/chat.css';
import './style/messages.css';
import './style/panel.css';

const root = document.querySelector('#app');
if (!root) throw new Error('the page has no #app');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
// With Vite's development server it does not install, because there is no build to keep.
void navigator.serviceWorker?.register('./service-worker.js');
